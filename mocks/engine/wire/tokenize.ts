import { checkFields, type FieldTable, isObject } from './fields.ts';
import type { EngineWire } from './engine-wire.ts';
import { chatTokens, textTokens } from './prompt.ts';
import { unknownModel, validationError, type WireError } from './wire-error.ts';

const FIELDS: FieldTable = [
  ['model', 'string'],
  ['prompt', 'string'],
  ['messages', 'list'],
  ['add_special_tokens', 'boolean'],
  ['add_generation_prompt', 'boolean'],
  ['continue_final_message', 'boolean'],
  ['return_token_strs', 'boolean'],
  ['tools', 'list'],
];

/**
 * `POST /tokenize`: a prompt (text only) or a chat. Unknown fields are ignored, so a whole chat
 * completions body is accepted and yields the tokens that request would have.
 */
export function tokenize(wire: EngineWire, body: unknown): object | WireError {
  if (!isObject(body)) return validationError('', 'Input should be a valid dictionary');
  const wrong = checkFields(body, FIELDS) ?? checkModel(wire, body['model']);
  if (wrong) return wrong;
  const read = body['messages'] === undefined ? textTokens : chatTokens;
  const found = read(wire.tokenizer, body);
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

/** `POST /detokenize`: `{tokens}` → `{prompt}`. */
export function detokenize(wire: EngineWire, body: unknown): object | WireError {
  if (!isObject(body)) return validationError('', 'Input should be a valid dictionary');
  const { tokens } = body;
  if (!Array.isArray(tokens)) return validationError('tokens', 'Field required');
  if (!tokens.every((id) => Number.isInteger(id))) {
    return validationError('tokens', 'Input should be a valid integer');
  }
  return checkModel(wire, body['model']) ?? { prompt: wire.tokenizer.decode(tokens as number[]) };
}

function checkModel({ settings }: EngineWire, model: unknown): WireError | undefined {
  if (typeof model !== 'string' || model === settings.model) return undefined;
  return settings.loras.includes(model) ? undefined : unknownModel(model, settings.dialect);
}
