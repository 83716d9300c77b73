// oxlint-disable-next-line no-control-regex -- the escape sequences our own paint writes
const COLOUR = /\u001b\[\d+m/g;
/** A label and the gap behind it, as in `engine A    {…}`. */
const LABEL = /^ *\S+(?: \S+)* {2,}/;
/** A figure and its unit, or the sign before it, are one word: `12 ms`, `95 %`, `≥ 80 %`, `p = 0.4`, `→ 67 ms`, `3 m 2 s`. */
const GLUED =
  /(?:(?<=[\d)]) (?=(?:%|×|µs|ms|s|m|h|tokens?)(?![\p{L}\d]))|(?<=[≤≥<>=→×]) (?=[−+<>×]?\d)|(?<=\d [mh]) (?=\d+ [ms]))/u;
/** Between words, and behind the commas of compact JSON. */
const BREAKS = new RegExp(String.raw`(?<=\S)(?!${GLUED.source})(?= )|(?<=[\]}"\d],)(?=")`, 'u');

/** A text in the pieces that stay whole, each but the first with the blanks before it. */
export function piecesOf(text: string): string[] {
  return text.split(BREAKS);
}

/**
 * Breaks a line so that it fits. What follows stands behind the line's label, if it has one, else a
 * little deeper than the line itself. What has no place to break stays whole: it may be meant for copying.
 */
export function wrap(line: string, width: number): string[] {
  if (visibleLength(line) <= width) return [line];
  const hang = hangOf(line, width);
  const lines: string[] = [];
  let current = '';
  for (const word of piecesOf(line)) {
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
