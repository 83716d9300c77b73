/** Line ends, control characters and those that change the direction of text. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

/** Foreign text as one line that no terminal obeys. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, ' ');
}

/** As `printable`, line ends kept. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}
