import { memberOf } from './go-http.ts';

/** What Go's `unicode.IsSpace` holds to be white space; JavaScript's `\s` differs in two characters. */
const GO_SPACE = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

/** The text a tokenize request is about: `prompt`, else the string contents of `messages`. */
export function promptOf(body: unknown): string {
  const prompt = memberOf(body, 'prompt');
  if (typeof prompt === 'string') return prompt;
  if (Array.isArray(prompt)) return joinStrings(prompt);
  const messages = memberOf(body, 'messages');
  if (!Array.isArray(messages)) return '';
  return joinStrings(messages.map((message) => memberOf(message, 'content')));
}

function joinStrings(parts: readonly unknown[]): string {
  return parts.filter((part) => typeof part === 'string').join('\n');
}

/** Per word at index i: (sum of its code points mod 997) + i + 1. No word at all gives `[0]`. */
export function toyTokens(prompt: string): number[] {
  const words = prompt.split(GO_SPACE).filter((word) => word !== '');
  if (words.length === 0) return [0];
  return words.map((word, index) => {
    let sum = 0;
    for (const char of word) sum += char.codePointAt(0)!;
    return (sum % 997) + index + 1;
  });
}
