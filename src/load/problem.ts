import { printable } from '../base/printable.ts';

const PROBLEM_CHARS_MAX = 300;

/** What a server said, as one line of at most 300 characters that no terminal obeys. */
export function problemLine(text: string): string {
  // Far more than is shown, so that a large body is not searched through.
  const line = printable(text.slice(0, 4 * PROBLEM_CHARS_MAX))
    .replace(/ {2,}/g, ' ')
    .trim();
  return line.length > PROBLEM_CHARS_MAX ? `${line.slice(0, PROBLEM_CHARS_MAX - 1)}…` : line;
}
