import { isCount, isRecord } from '../base/json.ts';

/** Answer of POST /tokenize (vLLM, SGLang and the mocks alike). */
export interface Tokenized {
  tokens: number[];
  maxModelLength: number | undefined;
}

/**
 * Decodes POST /tokenize: `{"count","max_model_len","tokens":[…]}`. Undefined for another shape, and
 * for a batch answer (list of lists), which belongs to no single prompt.
 */
export function decodeTokenized(answer: unknown): Tokenized | undefined {
  if (!isRecord(answer)) return undefined;
  const { tokens, max_model_len: maxModelLength } = answer;
  if (!Array.isArray(tokens) || !tokens.every(isCount)) return undefined;
  return {
    tokens,
    maxModelLength: typeof maxModelLength === 'number' ? maxModelLength : undefined,
  };
}

/**
 * Decodes POST /v1/…/render: a generate request with `token_ids` (vLLM's
 * `entrypoints/scale_out/token_in_token_out/protocol.py`, GenerateRequest). Undefined for another shape.
 */
export function decodeRendered(answer: unknown): Tokenized | undefined {
  if (!isRecord(answer)) return undefined;
  const { token_ids: tokens } = answer;
  if (!Array.isArray(tokens) || tokens.length === 0) return undefined;
  if (!tokens.every(isCount)) return undefined;
  return { tokens, maxModelLength: undefined };
}
