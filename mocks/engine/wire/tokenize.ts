import { readTools } from './completion-fields.ts';
import type { EngineWire } from './engine-wire.ts';
import {
  type FieldTable,
  isObject,
  type JsonObject,
  noObject,
  readRequired,
  stringAt,
} from './fields.ts';
import { readMessages } from './message-fields.ts';
import { chatTokens, textTokens } from './prompt.ts';
import { invalid, unknownModel, type WireError } from './wire-error.ts';

/** `vllm/entrypoints/serve/tokenize/protocol.py`. */
const TEXT: FieldTable = [
  ['model', 'string?'],
  ['prompt', 'string'],
  ['add_special_tokens', 'boolean'],
  ['return_token_strs', 'boolean?'],
];

const CHAT: FieldTable = [
  ['model', 'string?'],
  ['messages', readMessages],
  ['add_generation_prompt', 'boolean'],
  ['return_token_strs', 'boolean?'],
  ['continue_final_message', 'boolean'],
  ['add_special_tokens', 'boolean'],
  ['tools', readTools],
];

const TOKENS: FieldTable = [
  ['model', 'string?'],
  ['tokens', 'integers', 0],
];

/**
 * `POST /tokenize`: a prompt (text only) or a chat. Unknown fields are ignored, so a whole chat
 * completions body is accepted and yields the tokens that request would have.
 */
export function tokenize(wire: EngineWire, given: unknown): object | WireError {
  const read = readEither(given);
  if ('wrong' in read) return read.wrong;
  const { body } = read;
  const stranger = checkModel(wire, body);
  if (stranger) return stranger;
  const found = read.isChat
    ? chatTokens(wire.tokenizer, body, wire.settings.model)
    : textTokens(wire.tokenizer, body);
  if ('status' in found) return found;
  const tokens = Array.from(found);
  return {
    count: tokens.length,
    max_model_len: wire.settings.maxModelLen,
    tokens,
    token_strs:
      body['return_token_strs'] === true ? tokens.map((id) => wire.tokenizer.tokenText(id)) : null,
  };
}

/** A body that is neither is told what it lacks to be either. */
function readEither(given: unknown): { body: JsonObject; isChat: boolean } | { wrong: WireError } {
  if (!isObject(given)) {
    const problem = noObject(given);
    return { wrong: invalid(given === null ? [problem] : [problem, problem]) };
  }
  const chat = readRequired(given, CHAT, 'messages');
  if ('body' in chat) return { body: chat.body, isChat: true };
  const text = readRequired(given, TEXT, 'prompt');
  if ('body' in text) return { body: text.body, isChat: false };
  return { wrong: invalid([...text.wrong.problems!, ...chat.wrong.problems!]) };
}

/** `POST /detokenize`: `{tokens}` → `{prompt}`. */
export function detokenize(wire: EngineWire, given: unknown): object | WireError {
  if (!isObject(given)) return invalid([noObject(given)]);
  const read = readRequired(given, TOKENS, 'tokens');
  if ('wrong' in read) return read.wrong;
  const { body } = read;
  const tokens = body['tokens'] as number[];
  return checkModel(wire, body) ?? { prompt: wire.tokenizer.decode(tokens) };
}

function checkModel({ settings }: EngineWire, body: JsonObject): WireError | undefined {
  const model = stringAt(body, 'model') || settings.model;
  const isServed = model === settings.model || settings.loras.includes(model);
  return isServed ? undefined : unknownModel(model, settings);
}
