import { type ChatMessageText, chatTokenIds, encodePrompt } from '../../../src/kv/chat-tokens.ts';
import type { TokenIds } from '../../../src/kv/token-ids.ts';
import type { Tokenizer } from '../../../src/kv/tokens.ts';
import { isObject, type JsonObject, numberAt } from './fields.ts';
import { badRequest, validationError, type WireError } from './wire-error.ts';

/** Prompt tokens of a body, or what is wrong with it. */
export type PromptTokens = TokenIds | WireError;

/** The default of `add_special_tokens` differs: off for chats, on for bare prompts. */
export function chatTokens(tokenizer: Tokenizer, body: JsonObject): PromptTokens {
  const messages = body['messages'];
  if (messages === undefined) return validationError('messages', 'Field required');
  if (!Array.isArray(messages)) return validationError('messages', 'Input should be a valid list');
  const continueFinalMessage = body['continue_final_message'] === true;
  const addGenerationPrompt = body['add_generation_prompt'] ?? true;
  if (continueFinalMessage && addGenerationPrompt === true) {
    return validationError(
      'add_generation_prompt',
      'Cannot set both `continue_final_message` and `add_generation_prompt` to True.',
    );
  }
  // Templates put the tools in front of the conversation, so they are part of every turn's prefix.
  const tools = listText('tools', body['tools']);
  if (typeof tools !== 'string') return tools;
  const texts: ChatMessageText[] = tools === '' ? [] : [{ role: 'system', content: tools }];
  for (const message of messages as unknown[]) {
    const text = messageText(message);
    if ('status' in text) return text;
    texts.push(text);
  }
  return chatTokenIds(tokenizer, texts, {
    addGenerationPrompt: addGenerationPrompt === true,
    continueFinalMessage,
    addSpecialTokens: body['add_special_tokens'] === true,
  });
}

/** A bare prompt: text only, as `/tokenize` takes it. */
export function textTokens(tokenizer: Tokenizer, body: JsonObject): PromptTokens {
  const { prompt } = body;
  if (typeof prompt === 'string') return encodeText(tokenizer, body, prompt);
  return validationError(
    'prompt',
    prompt === undefined ? 'Field required' : 'Input should be a valid string',
  );
}

/** A chat is one prompt. */
export function chatPrompts(
  tokenizer: Tokenizer,
  body: JsonObject,
): readonly TokenIds[] | WireError {
  const tokens = chatTokens(tokenizer, body);
  return 'status' in tokens ? tokens : [tokens];
}

/**
 * The prompts of a text completion: a text, token ids taken as they are, or a list of either
 * (`vllm/entrypoints/openai/protocol.py`, `CompletionRequest.prompt`).
 */
export function textPrompts(
  tokenizer: Tokenizer,
  body: JsonObject,
): readonly TokenIds[] | WireError {
  const { prompt } = body;
  if (!Array.isArray(prompt)) {
    const tokens = textTokens(tokenizer, body);
    return 'status' in tokens ? tokens : [tokens];
  }
  const list = prompt as unknown[];
  if (isTokenList(list)) return knownTokens([list]);
  const answers = list.length * (numberAt(body, 'n') ?? 1);
  if (answers > ANSWERS_MAX) {
    const message = `This mock gives at most ${ANSWERS_MAX} answers at once, asked for ${answers}.`;
    return badRequest(message, 'prompt');
  }
  if (list.length > 0 && list.every((item) => typeof item === 'string')) {
    return list.map((text) => encodeText(tokenizer, body, text));
  }
  if (list.length > 0 && list.every(isTokenList)) return knownTokens(list);
  return validationError('prompt', 'Input should be a valid string');
}

function knownTokens(prompts: readonly number[][]): readonly TokenIds[] | WireError {
  for (const ids of prompts) {
    const stranger = ids.find((id) => id > TOKEN_ID_MAX);
    if (stranger !== undefined) return badRequest(`Token id ${stranger} is out of vocabulary`);
  }
  return prompts;
}

/** Beyond it an id would count as another one, and find that one's blocks. */
const TOKEN_ID_MAX = 0xffffffff;

/** All of them are planned, and held until the last one is there. */
const ANSWERS_MAX = 2_048;

function encodeText(tokenizer: Tokenizer, body: JsonObject, text: string): TokenIds {
  return encodePrompt(tokenizer, text, body['add_special_tokens'] !== false);
}

function isTokenList(value: unknown): value is number[] {
  if (!Array.isArray(value) || value.length === 0) return false;
  return value.every((id) => Number.isInteger(id) && (id as number) >= 0);
}

/** A list as JSON, an empty one or none as nothing. */
function listText(field: string, list: unknown): string | WireError {
  if (!Array.isArray(list) || list.length === 0) return '';
  try {
    return JSON.stringify(list);
  } catch {
    // Only writing it overflows the stack, reading it did not.
    return validationError(field, 'Input is nested too deeply');
  }
}

function messageText(message: unknown): ChatMessageText | WireError {
  if (!isObject(message) || typeof message['role'] !== 'string') {
    return validationError('messages', 'Input should be a valid message with a role');
  }
  const { role, content } = message;
  const suffix = listText('messages', message['tool_calls']);
  if (typeof suffix !== 'string') return suffix;
  if (typeof content === 'string') return { role, content: content + suffix };
  if (content === null || content === undefined) return { role, content: suffix };
  if (!Array.isArray(content)) {
    return validationError('messages', 'content should be a string or a list of parts');
  }
  const parts = content.map(partText);
  if (parts.includes(undefined)) return badRequest('This model is not a multimodal model.');
  return { role, content: parts.join('\n') + suffix };
}

function partText(part: unknown): string | undefined {
  const text = isObject(part) ? (part['text'] ?? part['refusal']) : undefined;
  return typeof text === 'string' ? text : undefined;
}
