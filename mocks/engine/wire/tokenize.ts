import type { JsonRecord } from '../../../src/base/json.ts';
import { openModel } from '../../python/models.ts';
import { flag, integers, nullable, Problems, text } from '../../python/pydantic.ts';
import { stringAt } from './body-members.ts';
import { readTools } from './completion-fields.ts';
import type { EngineWire } from './engine-wire.ts';
import { readMessages } from './message-fields.ts';
import { chatTokens, textTokens } from './prompt.ts';
import { invalid, unknownModel, type WireError } from './wire-error.ts';

/** `vllm/entrypoints/serve/tokenize/protocol.py`. */
const TEXT = openModel(
  {
    model: nullable(text),
    prompt: text,
    add_special_tokens: flag,
    return_token_strs: nullable(flag),
  },
  { needed: 'prompt' },
);

const CHAT = openModel(
  {
    model: nullable(text),
    messages: readMessages,
    add_generation_prompt: flag,
    return_token_strs: nullable(flag),
    continue_final_message: flag,
    add_special_tokens: flag,
    tools: readTools,
  },
  { needed: 'messages' },
);

const TOKENS = openModel({ model: nullable(text), tokens: integers(0) }, { needed: 'tokens' });

/**
 * `POST /tokenize`: a prompt (text only) or a chat. Unknown fields are ignored, so a whole chat
 * completions body is accepted and yields the tokens that request would have.
 */
export function tokenize(wire: EngineWire, given: unknown): object | WireError {
  const read = readEither(given);
  if (read instanceof Problems) return invalid(read);
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
function readEither(given: unknown): { body: JsonRecord; isChat: boolean } | Problems {
  const chat = CHAT(given);
  if (!(chat instanceof Problems)) return { body: chat, isChat: true };
  const text = TEXT(given);
  if (!(text instanceof Problems)) return { body: text, isChat: false };
  return given === null ? text : new Problems([...text.list, ...chat.list]);
}

/** `POST /detokenize`: `{tokens}` → `{prompt}`. */
export function detokenize(wire: EngineWire, given: unknown): object | WireError {
  const body = TOKENS(given);
  if (body instanceof Problems) return invalid(body);
  const tokens = body['tokens'] as number[];
  return checkModel(wire, body) ?? { prompt: wire.tokenizer.decode(tokens) };
}

function checkModel({ settings }: EngineWire, body: JsonRecord): WireError | undefined {
  const model = stringAt(body, 'model') || settings.model;
  const isServed = model === settings.model || settings.loras.includes(model);
  return isServed ? undefined : unknownModel(model, settings);
}
