import { parseDuration } from '../../base/duration.ts';
import { watchError } from '../errors.ts';

/** What a probe may do, and no more. */
export interface ProbePlan {
  everyMs: number;
  /** Of one round: as many prompts as repeats of them. */
  requests: number;
  tokensPerHour: number;
  /** Of one request, so that all rounds of an hour stay within the budget. */
  promptTokens: number;
}

const HOUR_MS = 3_600_000;
/** What a chat template adds, and the answer. */
const TEMPLATE_TOKENS = 16;
/** Shorter prompts have too few whole blocks to tell a hit by. */
const PROMPT_TOKENS_MIN = 64;
const REQUESTS = { min: 16, max: 1_000 };
const FACTORS: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6 };

/** Of what is left out. */
export const PROBE_DEFAULTS = 'every=5m,requests=24,tokens=30k/h';

/**
 * `every=5m,requests=24,tokens=30k/h`, each part for itself or not at all.
 * @throws KvcacheError PROBE_INVALID (kind usage)
 */
export function parseProbePlan(text: string): ProbePlan {
  const parts = new Map<string, string>();
  for (const part of `${PROBE_DEFAULTS},${text}`.split(',').map((it) => it.trim())) {
    const [, name, value] = /^(every|requests|tokens)=(.+)$/.exec(part) ?? [];
    if (name === undefined) {
      if (part === '') continue;
      throw watchError('PROBE_INVALID', { message: `--probe does not understand "${part}".` });
    }
    parts.set(name, value!);
  }
  const everyMs = parseDuration(parts.get('every')!);
  const requests = Number(parts.get('requests'));
  const tokensPerHour = tokensOf(parts.get('tokens')!);
  if (everyMs === undefined || everyMs <= 0) throw unfit('every', 'is a duration, as 5m');
  if (!Number.isInteger(requests) || requests < REQUESTS.min || requests > REQUESTS.max) {
    throw unfit('requests', `is from ${REQUESTS.min} to ${REQUESTS.max}`);
  }
  if (tokensPerHour === undefined) throw unfit('tokens', 'is a number an hour, as 30k/h');
  const rounds = Math.max(1, HOUR_MS / everyMs);
  const promptTokens = Math.floor(tokensPerHour / (rounds * requests));
  if (promptTokens < PROMPT_TOKENS_MIN) {
    const needed = Math.ceil(PROMPT_TOKENS_MIN * rounds * requests);
    throw unfit(
      'tokens',
      `leaves ${promptTokens} for a request, too few to tell a hit by: ${needed}/h are enough`,
    );
  }
  return { everyMs, requests, tokensPerHour, promptTokens: promptTokens - TEMPLATE_TOKENS };
}

function tokensOf(text: string): number | undefined {
  const [, number, unit] = /^(\d{1,12}(?:\.\d{1,3})?)([km]?)\/h$/i.exec(text) ?? [];
  return number === undefined ? undefined : Number(number) * FACTORS[unit!.toLowerCase()]!;
}

function unfit(name: string, why: string) {
  return watchError('PROBE_INVALID', { message: `"${name}" of --probe ${why}.` });
}
