import { hash32 } from '../base/random.ts';
import { KvcacheError } from '../base/errors.ts';
import type { Pacer } from './pacer.ts';
import type { PromptList } from './prompts.ts';
import { nonceWords, seededWords } from './words.ts';

/**
 * One request of a Mooncake trace (github.com/kvcache-ai/Mooncake, FAST25-release/traces): arrival in
 * milliseconds, lengths in tokens, and one id per 512 tokens of input; equal leading ids mean an equal
 * beginning.
 */
export interface TraceRequest {
  timestampMs: number;
  inputTokens: number;
  outputTokens: number;
  hashIds: readonly number[];
}

const TOKENS_PER_ID = 512;
const INPUT_TOKENS_MAX = 4_000_000;

/**
 * Reads a trace in JSON lines, sorted by arrival.
 * @throws KvcacheError TRACE_INVALID (kind usage), `where` holding file and line
 */
export function parseTrace(text: string, path: string): TraceRequest[] {
  const requests = text.split('\n').flatMap((line, index) => {
    return line.trim() === '' ? [] : [parseLine(line, `${path}:${index + 1}:1`)];
  });
  if (requests.length === 0) throw invalid(`${path}:1:1`, 'it holds no request');
  const firstMs = requests.reduce(
    (first, { timestampMs }) => Math.min(first, timestampMs),
    Infinity,
  );
  return requests
    .map((request) => ({ ...request, timestampMs: request.timestampMs - firstMs }))
    .sort((a, b) => a.timestampMs - b.timestampMs);
}

function parseLine(line: string, where: string): TraceRequest {
  let value: Record<string, unknown> | null;
  try {
    value = JSON.parse(line) as Record<string, unknown> | null;
  } catch {
    throw invalid(where, 'the line is not JSON');
  }
  const hashIds = value?.['hash_ids'] ?? [];
  if (!Array.isArray(hashIds) || !hashIds.every((id) => Number.isInteger(id))) {
    throw invalid(where, '"hash_ids" must be whole numbers');
  }
  const inputTokens = numberOf(value, 'input_length', where);
  if (inputTokens < 1 || inputTokens > INPUT_TOKENS_MAX) {
    throw invalid(where, `"input_length" must be 1 to ${INPUT_TOKENS_MAX}`);
  }
  return {
    timestampMs: numberOf(value, 'timestamp', where),
    inputTokens,
    outputTokens: Math.max(1, Math.round(numberOf(value, 'output_length', where))),
    hashIds: hashIds as number[],
  };
}

function numberOf(value: Record<string, unknown> | null, name: string, where: string): number {
  const found = value?.[name];
  if (typeof found === 'number' && Number.isFinite(found) && found >= 0) return found;
  throw invalid(where, `"${name}" must be a number of 0 or more`);
}

/** When each request of the trace is due; `speed` 2 replays it in half the time. */
export function tracePacer(requests: readonly TraceRequest[], speed: number): Pacer {
  return (sent) => {
    const request = requests[sent];
    return request && request.timestampMs / speed;
  };
}

/**
 * Text for every request: 512 words per id, the same for the same id, cut to the input length. Words
 * are about one token each; the certificate tells the lengths the deployment makes of them. Written
 * when asked for: all texts of a public trace together are a gigabyte.
 */
export function tracePrompts(requests: readonly TraceRequest[], runId: string): PromptList {
  return {
    length: requests.length,
    at(index) {
      const request = requests.at(index);
      if (request === undefined) return undefined;
      return {
        group: request.hashIds.length > 0 ? `id-${request.hashIds[0]}` : '',
        messages: [{ role: 'user', content: traceText(request, runId, index) }],
        outputTokens: request.outputTokens,
      };
    },
  };
}

function traceText({ inputTokens, hashIds }: TraceRequest, runId: string, index: number): string {
  const words = hashIds.flatMap((id) => [
    ...nonceWords(runId, `id/${id}`),
    ...seededWords(TOKENS_PER_ID, hash32(`${runId}/id/${id}`)).slice(8),
  ]);
  const missing = inputTokens - words.length;
  if (missing > 0) {
    words.push(...nonceWords(runId, `tail/${index}`));
    words.push(...seededWords(missing, hash32(`${runId}/tail/${index}`)));
  }
  return words.slice(0, inputTokens).join(' ');
}

function invalid(where: string, problem: string): KvcacheError {
  return new KvcacheError({
    kind: 'usage',
    code: 'TRACE_INVALID',
    message: `The trace cannot be used: ${problem}.`,
    where,
    remedy:
      'Write one JSON object per line: timestamp (ms), input_length, output_length (tokens), hash_ids.',
  });
}
