import { memberOf } from './go-http.ts';

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
