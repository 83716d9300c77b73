import type { CompletionKind } from './completion-call.ts';
import type { JsonObject } from './fields.ts';
import { checkStructure } from './structured-output.ts';
import { badRequest, validationError, type WireError } from './wire-error.ts';

/** More answers than anyone reads; a number without bound would only fill the memory. */
const CHOICES_MAX = 128;

/** Below this a temperature means greedy sampling (`vllm/sampling_params.py`). */
const GREEDY_TEMPERATURE = 1e-5;

/** What is wrong with the values of a completion body whose fields have the right types. */
export function checkValues(kind: CompletionKind, body: JsonObject): WireError | undefined {
  if (body['stream_options'] && body['stream'] !== true) {
    return validationError(
      'stream_options',
      'Stream options can only be defined when `stream=True`.',
    );
  }
  if (body['cache_salt'] === '') {
    return validationError(
      'cache_salt',
      "Parameter 'cache_salt' must be a non-empty string if provided.",
    );
  }
  for (const field of ['max_tokens', 'max_completion_tokens']) {
    const value = body[field];
    if (typeof value === 'number' && value < 1) {
      return badRequest(`${field} must be at least 1, got ${value}.`, field);
    }
  }
  return (
    checkChoices(body) ?? checkStop(body) ?? checkStructure(body) ?? checkUnmodelled(kind, body)
  );
}

/** The words of `vllm/sampling_params.py` and `vllm/v1/engine/processor.py`. */
function checkChoices(body: JsonObject): WireError | undefined {
  const { n, best_of: bestOf, temperature } = body;
  if (typeof bestOf === 'number' && bestOf > 1) {
    return badRequest('vLLM V1 does not yet support best_of.', 'best_of');
  }
  if (typeof n !== 'number' || n === 1) return undefined;
  if (n < 1) return badRequest(`n must be at least 1, got ${n}.`, 'n');
  if (typeof temperature === 'number' && temperature < GREEDY_TEMPERATURE) {
    return badRequest(`n must be 1 when using greedy sampling, got ${n}.`, 'n');
  }
  return n > CHOICES_MAX
    ? badRequest(`This mock gives at most ${CHOICES_MAX} answers to a prompt, got n=${n}.`, 'n')
    : undefined;
}

function checkStop(body: JsonObject): WireError | undefined {
  const { stop, stop_token_ids: ids, min_tokens: minTokens } = body;
  if (Array.isArray(ids) && !ids.every((id) => Number.isInteger(id))) {
    return validationError('stop_token_ids', 'Input should be a valid integer');
  }
  if (typeof minTokens === 'number' && minTokens < 0) {
    return badRequest(
      `min_tokens must be greater than or equal to 0, got ${minTokens}.`,
      'min_tokens',
    );
  }
  if (stop === undefined || stop === null) return undefined;
  const strings: readonly unknown[] = Array.isArray(stop) ? stop : [stop];
  if (!strings.every((string) => typeof string === 'string')) {
    return validationError('stop', 'Input should be a valid string');
  }
  return strings.includes('')
    ? badRequest('stop cannot contain an empty string.', 'stop')
    : undefined;
}

/** Asked for and not modelled: refused, since an answer without it would look like one with it. */
function checkUnmodelled(kind: CompletionKind, body: JsonObject): WireError | undefined {
  const { top_logprobs: top, logprobs } = body;
  if (kind === 'chat' && typeof top === 'number' && top !== 0 && logprobs !== true) {
    return validationError(
      'top_logprobs',
      'when using `top_logprobs`, `logprobs` must be set to true.',
    );
  }
  for (const field of ['logprobs', 'prompt_logprobs']) {
    if (isGiven(body[field])) {
      return badRequest('This mock does not model log probabilities.', field);
    }
  }
  if (body['use_beam_search'] === true) {
    return badRequest('This mock does not model beam search.', 'use_beam_search');
  }
  if (kind === 'chat') return undefined;
  if (body['echo'] === true) return badRequest('This mock does not echo prompts.', 'echo');
  return isGiven(body['suffix']) && body['suffix'] !== ''
    ? badRequest('suffix is not currently supported', 'suffix')
    : undefined;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false;
}
