import { TokenBuffer } from './token-buffer.ts';
import { SPECIAL, type Tokenizer } from './tokens.ts';

type Encoder = Pick<Tokenizer, 'encodeInto'>;

export interface ChatMessageText {
  role: string;
  /** Text of the message, parts already joined. */
  content: string;
}

export interface ChatTemplateOptions {
  /** Opens the assistant's turn after the last message. Default true. */
  addGenerationPrompt?: boolean;
  /** Leaves the last message open instead of closing it. Default false. */
  continueFinalMessage?: boolean;
  /** Puts the beginning-of-sequence token first. Default false, as vLLM for chat. */
  addSpecialTokens?: boolean;
}

/** Reused by every call: none of them waits. */
const buffer = new TokenBuffer(8_192);

/**
 * ChatML-like template: per message start, `role \n`, content, end, newline. Header and content are
 * encoded apart, so a turn's tokens, its generation prompt and its answer included, are a prefix of
 * the next turn's tokens.
 */
export function chatTokenIds(
  tokenizer: Encoder,
  messages: readonly ChatMessageText[],
  options: ChatTemplateOptions = {},
): Uint32Array {
  buffer.length = 0;
  if (options.addSpecialTokens) buffer.push(SPECIAL.bos);
  for (let index = 0; index < messages.length; index++) {
    const message = messages[index]!;
    pushHeader(tokenizer, message.role);
    tokenizer.encodeInto(message.content, buffer);
    if (options.continueFinalMessage && index === messages.length - 1) return buffer.take();
    buffer.push(SPECIAL.messageEnd);
    tokenizer.encodeInto('\n', buffer);
  }
  if (options.addGenerationPrompt ?? true) pushHeader(tokenizer, 'assistant');
  return buffer.take();
}

/** Tokens of a bare prompt: beginning-of-sequence first unless told otherwise. */
export function encodePrompt(tokenizer: Encoder, text: string, addSpecialTokens = true): number[] {
  buffer.length = 0;
  if (addSpecialTokens) buffer.push(SPECIAL.bos);
  tokenizer.encodeInto(text, buffer);
  return Array.from(buffer.take());
}

function pushHeader(tokenizer: Encoder, role: string): void {
  buffer.push(SPECIAL.messageStart);
  tokenizer.encodeInto(`${role}\n`, buffer);
}
