import { isRecord, type JsonRecord } from '../../../src/base/json.ts';
import { numberAt } from './body-members.ts';
import { pythonFloat, pythonRepr } from '../../python/python-text.ts';
import { badRequest, refused, type WireError } from './wire-error.ts';

/** More answers than anyone reads; a number without bound would only fill the memory. */
const CHOICES_MAX = 128;

/** vLLM's `VLLM_MAX_N_SEQUENCES`. */
const SEQUENCES_MAX = 16_384;

/** Below this a temperature means greedy sampling. */
const GREEDY_TEMPERATURE = 1e-5;

/** Beyond it an id of the mock's vocabulary would count as another one, and find that one's blocks. */
export const VOCABULARY = 2 ** 32;

/** vLLM's `--max-logprobs`. */
const LOGPROBS_MAX = 20;

/**
 * What vLLM refuses of a body whose fields have the right types, in its order and words
 * (`vllm/sampling_params.py`).
 * @param maxTokens tokens of output, as far as they are asked for or the model's length leaves them
 */
export function checkSampling(
  body: JsonRecord,
  maxTokens: number | undefined,
): WireError | undefined {
  return (
    checkBiasKeys(body) ??
    checkChoices(body) ??
    checkPenalties(body) ??
    checkRanges(body) ??
    checkLengths(body, maxTokens) ??
    checkStop(body) ??
    checkGreedy(body) ??
    checkVocabulary(body) ??
    checkLogprobs(body)
  );
}

function checkBiasKeys({ logit_bias: bias }: JsonRecord): WireError | undefined {
  if (!isRecord(bias)) return undefined;
  const keys = Object.keys(bias).filter((key) => !/^\s*[+-]?\d+\s*$/.test(key));
  if (keys.length === 0) return undefined;
  const list = pythonRepr(keys);
  const message = `logit_bias contains key(s) that cannot be converted to integer token IDs: ${list}`;
  return refused(message, 'logit_bias', list);
}

function checkChoices(body: JsonRecord): WireError | undefined {
  const n = numberAt(body, 'n') ?? 1;
  if (n < 1) return badRequest(`n must be at least 1, got ${n}.`);
  if (n > SEQUENCES_MAX) {
    return badRequest(
      `n must be at most ${SEQUENCES_MAX}, got ${n}. To increase this limit, set the VLLM_MAX_N_SEQUENCES environment variable.`,
    );
  }
  return n > CHOICES_MAX
    ? badRequest(`This mock gives at most ${CHOICES_MAX} answers to a prompt, got n=${n}.`, 'n')
    : undefined;
}

function checkPenalties(body: JsonRecord): WireError | undefined {
  for (const field of ['presence_penalty', 'frequency_penalty']) {
    const value = numberAt(body, field) ?? 0;
    if (value < -2 || value > 2) {
      return badRequest(`${field} must be in [-2, 2], got ${pythonFloat(value)}.`);
    }
  }
  const repetition = numberAt(body, 'repetition_penalty') ?? 1;
  return repetition > 0
    ? undefined
    : badRequest(`repetition_penalty must be greater than zero, got ${pythonFloat(repetition)}.`);
}

function checkRanges(body: JsonRecord): WireError | undefined {
  const temperature = numberAt(body, 'temperature') ?? 1;
  if (temperature < 0) return outOf('temperature', 'must be non-negative', temperature);
  if (temperature > 2) return outOf('temperature', 'must be in [0, 2]', temperature);
  const topP = numberAt(body, 'top_p') ?? 1;
  if (topP <= 0 || topP > 1) return outOf('top_p', 'must be in (0, 1]', topP);
  const topK = numberAt(body, 'top_k') ?? 0;
  if (topK < -1) return badRequest(`top_k must be 0 (disable), or at least 1, got ${topK}.`);
  const minP = numberAt(body, 'min_p') ?? 0;
  return minP < 0 || minP > 1
    ? badRequest(`min_p must be in [0, 1], got ${pythonFloat(minP)}.`)
    : undefined;
}

function outOf(field: string, bounds: string, value: number): WireError {
  const told = pythonFloat(value);
  return refused(`${field} ${bounds}, got ${told}.`, field, told);
}

function checkLengths(body: JsonRecord, most: number | undefined): WireError | undefined {
  if (most !== undefined && most < 1) {
    return refused(`max_tokens must be at least 1, got ${most}.`, 'max_tokens', String(most));
  }
  const least = numberAt(body, 'min_tokens') ?? 0;
  if (least < 0) {
    return badRequest(`min_tokens must be greater than or equal to 0, got ${least}.`);
  }
  return most !== undefined && least > most
    ? badRequest(`min_tokens must be less than or equal to max_tokens=${most}, got ${least}.`)
    : undefined;
}

function checkStop({ stop }: JsonRecord): WireError | undefined {
  const strings: readonly unknown[] = Array.isArray(stop) ? stop : [stop];
  return strings.includes('') ? badRequest('stop cannot contain an empty string.') : undefined;
}

function checkGreedy(body: JsonRecord): WireError | undefined {
  const [n, temperature] = [numberAt(body, 'n') ?? 1, numberAt(body, 'temperature') ?? 1];
  return n > 1 && temperature < GREEDY_TEMPERATURE
    ? badRequest(`n must be 1 when using greedy sampling, got ${n}.`)
    : undefined;
}

function checkVocabulary({
  stop_token_ids: stop,
  logit_bias: bias,
}: JsonRecord): WireError | undefined {
  const named = {
    logit_bias: isRecord(bias) ? Object.keys(bias).map(Number) : [],
    stop_token_ids: Array.isArray(stop) ? (stop as number[]) : [],
  };
  for (const [field, ids] of Object.entries(named)) {
    const strangers = ids.filter((id) => id < 0 || id >= VOCABULARY);
    if (strangers.length === 0) continue;
    const list = pythonRepr(strangers);
    const message = `token_id(s) ${list} in ${field} contain out-of-vocab token ids. Vocabulary size: ${VOCABULARY}`;
    return refused(message, field, list);
  }
  return undefined;
}

function checkLogprobs(body: JsonRecord): WireError | undefined {
  // A chat asks with `logprobs: true` and says how many in `top_logprobs`.
  const sample =
    body['logprobs'] === true ? numberAt(body, 'top_logprobs') : numberAt(body, 'logprobs');
  const wanted = { logprobs: sample, prompt_logprobs: numberAt(body, 'prompt_logprobs') };
  for (const [field, count = 0] of Object.entries(wanted)) {
    if (count >= 0 && count <= LOGPROBS_MAX) continue;
    const asked = count === -1 ? VOCABULARY : count;
    const kind = field === 'logprobs' ? 'sample' : 'prompt';
    const message = `Requested ${kind} logprobs of ${asked}, which is greater than max allowed: ${LOGPROBS_MAX}`;
    return refused(message, field, String(asked));
  }
  return undefined;
}
