import { KvcacheError } from '../../src/base/errors.ts';
import { isInRange, type NumberRange, rangeText, SPEEDUP_RANGE } from '../number-range.ts';
import { builtinProfiles } from './builtin.ts';
import type { EngineProfile } from './profile.ts';

/**
 * The shipped profile `name` with the user's changes. Messages begin with `where`, the path of the
 * profile in the user's file.
 * @throws KvcacheError UNKNOWN_PROFILE for a name that is not shipped, BAD_PROFILE for a key that no
 * profile has or a value that cannot be (kind usage)
 */
export function resolveProfile(
  name: string,
  overrides: object = {},
  where = 'profile',
): EngineProfile {
  if (!Object.hasOwn(builtinProfiles, name)) {
    throw new KvcacheError({
      kind: 'usage',
      code: 'UNKNOWN_PROFILE',
      message: `${where}: no engine profile "${name}" is shipped.`,
      remedy: `Use one of ${Object.keys(builtinProfiles).join(', ')}, or override keys of one.`,
    });
  }
  try {
    const merged = merge(builtinProfiles[name]!, overrides, '') as EngineProfile;
    checkValues(merged);
    return merged;
  } catch (error) {
    if (error instanceof Impossible) throw badProfile(`${where}.${error.message}`);
    throw error;
  }
}

/** Says `key: problem`. */
class Impossible extends Error {
  constructor(place: string, problem: string) {
    super(`${place}: ${problem}`);
  }
}

function merge(base: object, overrides: object, path: string): object {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(overrides)) {
    const place = `${path}${key}`;
    if (!Object.hasOwn(base, key)) throw new Impossible(place, 'no profile has this key');
    merged[key] = mergeValue(merged[key], value, place);
  }
  return merged;
}

function mergeValue(base: unknown, value: unknown, place: string): unknown {
  if (value === null && place === 'tier') return null;
  if (isRecord(base) && isRecord(value)) return merge(base, value, `${place}.`);
  if (typeof value !== typeof base || isRecord(base) || value === null) {
    throw new Impossible(place, `expected ${typeof base === 'object' ? 'an' : 'a'} ${typeof base}`);
  }
  return value;
}

/** A profile's caches are laid out at once: so many blocks and tokens fit into any machine. */
const BLOCKS_MAX = 2 ** 22;
const CACHE_TOKENS_MAX = 2 ** 28;

const COUNT: NumberRange = { min: 1, isWhole: true };
const BLOCKS: NumberRange = { min: 1, max: BLOCKS_MAX, isWhole: true };
const AMOUNT: NumberRange = { min: 0 };

/** Of the keys that may not be just any amount. */
const RANGES: Readonly<Record<string, NumberRange>> = {
  blockSize: COUNT,
  blocks: BLOCKS,
  // A whole answer is planned before its first token.
  maxModelLen: { min: 1, max: 2 ** 24, isWhole: true },
  maxNumSeqs: COUNT,
  maxBatchedTokens: COUNT,
  prefillChunkTokens: COUNT,
  // Every request waits until it is scheduled.
  maxWaiting: COUNT,
  pinBudget: { min: 0, max: 1 },
  speedup: SPEEDUP_RANGE,
  'tier.chunkTokens': COUNT,
  'tier.chunks': BLOCKS,
};

/** Infinite speed takes no time. */
const RATES = ['decompressBytesPerMs', 'tier.bytesPerMs'];

function checkValues(profile: EngineProfile): void {
  for (const [place, value] of numbersOf(profile, '')) {
    if (RATES.includes(place)) {
      if (!(value > 0)) throw new Impossible(place, 'expected more than 0');
      continue;
    }
    const range = RANGES[place] ?? AMOUNT;
    if (!isInRange(value, range)) throw new Impossible(place, `expected ${rangeText(range)}`);
  }
  if (profile.queueFullStatus !== 429 && profile.queueFullStatus !== 503) {
    throw new Impossible('queueFullStatus', 'expected 429 or 503');
  }
  checkSize('blocks', profile.blocks * profile.blockSize);
  if (profile.tier) checkSize('tier.chunks', profile.tier.chunks * profile.tier.chunkTokens);
}

function checkSize(place: string, tokens: number): void {
  if (tokens <= CACHE_TOKENS_MAX) return;
  throw new Impossible(
    place,
    `expected room for at most ${CACHE_TOKENS_MAX} tokens, not ${tokens}`,
  );
}

function numbersOf(record: object, path: string): [string, number][] {
  return Object.entries(record).flatMap(([key, value]): [string, number][] => {
    if (typeof value === 'number') return [[`${path}${key}`, value]];
    return isRecord(value) ? numbersOf(value, `${path}${key}.`) : [];
  });
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function badProfile(message: string): KvcacheError {
  return new KvcacheError({
    kind: 'usage',
    code: 'BAD_PROFILE',
    message: `${message}.`,
    remedy: 'docs/simulation.md lists every key with its unit.',
  });
}
