// oxlint-disable-next-line no-control-regex -- the escape sequences our own paint writes
const COLOUR = /\u001b\[\d+m/g;
/** A label and the gap behind it, as in `engine A    {…}`. */
const LABEL = /^ *\S+(?: \S+)* {2,}/;
/** Between words, and behind the commas of compact JSON. */
const BREAKS = /(?<=\S)(?= )|(?<=[\]}"\d],)(?=")/;

/**
 * Breaks a line so that it fits. What follows stands behind the line's label, if it has one, else a
 * little deeper than the line itself. What has no place to break stays whole: it may be meant for copying.
 */
export function wrap(line: string, width: number): string[] {
  if (visibleLength(line) <= width) return [line];
  const hang = hangOf(line, width);
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(BREAKS)) {
    if (current === '' || visibleLength(current + word) <= width) {
      current += word;
      continue;
    }
    lines.push(current.trimEnd());
    const text = word.trimStart();
    const indent = hang.deep + visibleLength(text) <= width ? hang.deep : hang.flat;
    current = ' '.repeat(indent) + text;
  }
  return [...lines, current];
}

/** Where the text behind a label goes on, and where what is too long for that place does. */
function hangOf(line: string, width: number): { deep: number; flat: number } {
  const plain = line.replaceAll(COLOUR, '');
  const flat = Math.min(/^ */.exec(plain)![0].length + 2, Math.floor(width / 2));
  const label = LABEL.exec(plain)?.[0].length ?? 0;
  return { deep: label > 0 && label <= width / 3 ? label : flat, flat };
}

function visibleLength(text: string): number {
  return text.replaceAll(COLOUR, '').length;
}
