import { stackError } from './errors.ts';

/**
 * The words of a command line, told apart by blanks as a shell does it: '…' takes all as it is, in "…" and
 * outside a backslash takes the next character as it is. Nothing else is special; no shell sees it.
 * @throws KvcacheError GATEWAY_COMMAND_INVALID (kind usage)
 */
export function splitCommand(text: string): string[] {
  const word = /\s*((?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\])+)/sy;
  const words: string[] = [];
  const end = text.trimEnd().length;
  while (word.lastIndex < end) {
    const from = word.lastIndex;
    const match = word.exec(text);
    if (!match) {
      const message = `A quote or a backslash has no end: ${text.slice(from).trim()}`;
      throw stackError('GATEWAY_COMMAND_INVALID', { message });
    }
    words.push(unquoted(match[1]!));
  }
  return words;
}

function unquoted(word: string): string {
  return word.replaceAll(
    /'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)/gs,
    (_, literal?: string, text?: string, next?: string) =>
      literal ?? next ?? text!.replaceAll(/\\(["\\$`])/g, '$1'),
  );
}
