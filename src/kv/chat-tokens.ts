import { SPECIAL, type Tokenizer } from './tokens.ts';

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

/**
 * ChatML-like template: per message start, `role \n`, content, end, newline. Header and content are
 * encoded apart, so a turn's tokens, its generation prompt and its answer included, are a prefix of
 * the next turn's tokens.
 */
export function encodeChat(
  tokenizer: Tokenizer,
  messages: readonly ChatMessageText[],
  options: ChatTemplateOptions = {},
): number[] {
  const tokens: number[] = options.addSpecialTokens ? [SPECIAL.bos] : [];
  for (const [index, message] of messages.entries()) {
    pushHeader(tokenizer, message.role, tokens);
    tokenizer.encode(message.content, tokens);
    if (options.continueFinalMessage && index === messages.length - 1) return tokens;
    tokens.push(SPECIAL.messageEnd);
    tokenizer.encode('\n', tokens);
  }
  if (options.addGenerationPrompt ?? true) pushHeader(tokenizer, 'assistant', tokens);
  return tokens;
}

/** Tokens of a bare prompt: beginning-of-sequence first unless told otherwise. */
export function encodePrompt(
  tokenizer: Tokenizer,
  text: string,
  addSpecialTokens = true,
): number[] {
  return tokenizer.encode(text, addSpecialTokens ? [SPECIAL.bos] : []);
}

function pushHeader(tokenizer: Tokenizer, role: string, tokens: number[]): void {
  tokens.push(SPECIAL.messageStart);
  tokenizer.encode(`${role}\n`, tokens);
}
