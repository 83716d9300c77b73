import {
  type ChatMessageText,
  chatTokenIds,
  type ChatTemplateOptions,
} from '../../mocks/kv/chat-tokens.ts';
import type { Tokenizer } from '../../mocks/kv/tokens.ts';

/** One token per UTF-8 byte. */
export const byteTokenizer: Pick<Tokenizer, 'encodeInto'> = {
  encodeInto: (text, into) => {
    for (const byte of Buffer.from(text, 'utf8')) into.push(byte);
  },
};

/** Token ids of a chat as a plain array. */
export function encodeChat(
  tokenizer: Pick<Tokenizer, 'encodeInto'>,
  messages: readonly ChatMessageText[],
  options?: ChatTemplateOptions,
): number[] {
  return Array.from(chatTokenIds(tokenizer, messages, options));
}
