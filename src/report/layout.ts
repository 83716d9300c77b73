// oxlint-disable-next-line no-control-regex -- the escape sequences our own paint writes
const COLOUR = /\u001b\[\d+m/g;

/** Breaks a line at spaces so that it fits; what follows keeps the line's indent, or the text's behind a label. */
export function wrap(line: string, width: number): string[] {
  if (visibleLength(line) <= width) return [line];
  const indent = ' '.repeat(Math.min(/^ */.exec(line)![0].length + 2, Math.floor(width / 2)));
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(/(?<=\S)(?= )/)) {
    if (current !== '' && visibleLength(current + word) > width) {
      lines.push(current);
      current = indent + word.trimStart();
    } else current += word;
  }
  return [...lines, current];
}

function visibleLength(text: string): number {
  return text.replaceAll(COLOUR, '').length;
}
