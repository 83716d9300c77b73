import { isRecord, type JsonRecord } from '../../../src/base/json.ts';
import { type ChatMessageText, chatTokenIds, encodePrompt } from '../../kv/chat-tokens.ts';
import type { TokenIds } from '../../kv/token-ids.ts';
import type { Tokenizer } from '../../kv/tokens.ts';
import { numberAt } from './body-members.ts';
import { VOCABULARY } from './sampling-checks.ts';
import { badRequest, type WireError } from './wire-error.ts';

/** Prompt tokens of a body whose fields have the right types, or what is wrong with it. */
export type PromptTokens = TokenIds | WireError;

const EMPTY_CHAT =
  'Cannot apply chat template to an empty conversation. Provide at least one message.';
const BOTH_SET = 'Cannot set both `continue_final_message` and `add_generation_prompt` to True.';
const INCOMPATIBLE =
  'continue_final_message and add_generation_prompt are not compatible. Use continue_final_message when you want the model to continue the final message, and add_generation_prompt when you want to add a header that will prompt it to start a new assistant message instead.';

/**
 * The default of `add_special_tokens` differs: off for chats, on for bare prompts.
 * @param model its name, for errors
 */
export function chatTokens(tokenizer: Tokenizer, body: JsonRecord, model: string): PromptTokens {
  const messages = body['messages'] as readonly JsonRecord[];
  if (messages.length === 0) return badRequest(EMPTY_CHAT);
  const continueFinalMessage = body['continue_final_message'] === true;
  const addGenerationPrompt = body['add_generation_prompt'] !== false;
  if (continueFinalMessage && addGenerationPrompt) {
    return badRequest(body['add_generation_prompt'] === true ? BOTH_SET : INCOMPATIBLE);
  }
  // Templates put the tools in front of the conversation, so they are part of every turn's prefix.
  const tools = listText(body['tools']);
  if (typeof tools !== 'string') return tools;
  const texts: ChatMessageText[] = tools === '' ? [] : [{ role: 'system', content: tools }];
  for (const message of messages) {
    const text = messageText(message, model);
    if ('status' in text) return text;
    texts.push(text);
  }
  return chatTokenIds(tokenizer, texts, {
    addGenerationPrompt,
    continueFinalMessage,
    addSpecialTokens: body['add_special_tokens'] === true,
  });
}

/** A bare prompt: text only, as `/tokenize` takes it. An empty one has no tokens at all. */
export function textTokens(tokenizer: Tokenizer, body: JsonRecord): TokenIds {
  return encodeText(tokenizer, body, body['prompt'] as string);
}

/** All of them are planned, and held until the last one is there. */
const ANSWERS_MAX = 2_048;

/**
 * The prompts of a text completion: a text, token ids taken as they are, or a list of either
 * (`vllm/entrypoints/openai/completion/protocol.py`, `CompletionRequest.prompt`).
 */
export function textPrompts(
  tokenizer: Tokenizer,
  body: JsonRecord,
): readonly TokenIds[] | WireError {
  const { prompt } = body;
  if (typeof prompt === 'string') return [encodeText(tokenizer, body, prompt)];
  const list = prompt as readonly string[] | readonly number[] | readonly number[][];
  if (list.length === 0) return badRequest('You must pass at least one prompt');
  if (typeof list[0] === 'number') return knownTokens([list as number[]]);
  const answers = list.length * (numberAt(body, 'n') ?? 1);
  if (answers > ANSWERS_MAX) {
    const message = `This mock gives at most ${ANSWERS_MAX} answers at once, asked for ${answers}.`;
    return badRequest(message, 'prompt');
  }
  const prompts =
    typeof list[0] === 'string'
      ? (list as readonly string[]).map((text) => encodeText(tokenizer, body, text))
      : knownTokens(list as readonly number[][]);
  if ('status' in prompts) return prompts;
  return prompts.some(({ length }) => length === 0)
    ? badRequest('The decoder prompt cannot be empty')
    : prompts;
}

function knownTokens(prompts: readonly number[][]): readonly TokenIds[] | WireError {
  for (const ids of prompts) {
    const stranger = ids.find((id) => id >= VOCABULARY);
    if (stranger !== undefined) return badRequest(`Token id ${stranger} is out of vocabulary`);
  }
  return prompts;
}

function encodeText(tokenizer: Tokenizer, body: JsonRecord, text: string): TokenIds {
  if (text === '') return [];
  return encodePrompt(tokenizer, text, body['add_special_tokens'] !== false);
}

/** A list as JSON, an empty one or none as nothing. */
function listText(list: unknown): string | WireError {
  if (!Array.isArray(list) || list.length === 0) return '';
  try {
    return JSON.stringify(list);
  } catch {
    // Only writing it overflows the stack, reading it did not.
    return badRequest('maximum recursion depth exceeded');
  }
}

function messageText(message: JsonRecord, model: string): ChatMessageText | WireError {
  const { role, content } = message as { role: string; content?: unknown };
  const suffix = listText(message['tool_calls']);
  if (typeof suffix !== 'string') return suffix;
  const prefix = reasoningText(message);
  if (typeof content === 'string') return { role, content: prefix + content + suffix };
  if (!Array.isArray(content)) return { role, content: prefix + suffix };
  const texts: string[] = [];
  for (const part of content as unknown[]) {
    const text = partText(part);
    if (text === undefined) return badPart(part, model);
    texts.push(text);
  }
  return { role, content: prefix + texts.join('\n') + suffix };
}

/** Templates of reasoning models put an earlier answer's reasoning before it, between marks. */
function reasoningText(message: JsonRecord): string {
  const reasoning = message['reasoning'] ?? message['reasoning_content'];
  return typeof reasoning === 'string' && reasoning !== ''
    ? `<think>\n${reasoning}\n</think>\n\n`
    : '';
}

function partText(part: unknown): string | undefined {
  const text = isRecord(part) ? (part['text'] ?? part['refusal']) : undefined;
  return typeof text === 'string' ? text : undefined;
}

/** vLLM tells what the part lacks to be each of the kinds there are; here only that it is none. */
function badPart(part: unknown, model: string): WireError {
  const type = isRecord(part) ? part['type'] : undefined;
  const isMedia = typeof type === 'string' && /^(?:input_)?(?:image|audio|video)/.test(type);
  return badRequest(
    isMedia ? `${model} is not a multimodal model` : 'A part of the content is of no known kind.',
  );
}
