import {
  type ChatMessageText,
  chatTokenIds,
  type ChatTemplateOptions,
} from '../../mocks/kv/chat-tokens.ts';
import type { Tokenizer } from '../../mocks/kv/tokens.ts';

/** Token ids of a chat as a plain array. */
export function encodeChat(
  tokenizer: Tokenizer,
  messages: readonly ChatMessageText[],
  options?: ChatTemplateOptions,
): number[] {
  return Array.from(chatTokenIds(tokenizer, messages, options));
}
