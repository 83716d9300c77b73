const PROBLEM_CHARS_MAX = 300;

/** Line ends, control characters and those that change the direction of text. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

/** What a server said, as one line of at most 300 characters that no terminal obeys. */
export function problemLine(text: string): string {
  // Far more than is shown, so that a large body is not searched through.
  const line = text
    .slice(0, 4 * PROBLEM_CHARS_MAX)
    .replace(UNPRINTABLE, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
  return line.length > PROBLEM_CHARS_MAX ? `${line.slice(0, PROBLEM_CHARS_MAX - 1)}…` : line;
}
