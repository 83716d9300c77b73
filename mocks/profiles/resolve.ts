import { KvcacheError } from '../../src/base/errors.ts';
import { builtinProfiles } from './builtin.ts';
import type { EngineProfile } from './profile.ts';

/**
 * The shipped profile `name` with the user's changes. Throws UNKNOWN_PROFILE for a name that is not
 * shipped and BAD_PROFILE for a key that no profile has or a value that cannot be.
 */
export function resolveProfile(name: string, overrides: object = {}): EngineProfile {
  const base = builtinProfiles[name];
  if (!base) {
    throw new KvcacheError({
      kind: 'usage',
      code: 'UNKNOWN_PROFILE',
      message: `There is no engine profile "${name}".`,
      remedy: `Use one of ${Object.keys(builtinProfiles).join(', ')}, or override keys of one.`,
    });
  }
  const merged = merge(base, overrides, '') as EngineProfile;
  checkRanges(merged);
  return merged;
}

function merge(base: object, overrides: object, path: string): object {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(overrides)) {
    const place = `${path}${key}`;
    if (!(key in base)) throw badProfile(place, 'no profile has this key');
    merged[key] = mergeValue(merged[key], value, place);
  }
  return merged;
}

function mergeValue(base: unknown, value: unknown, place: string): unknown {
  if (value === null && place === 'tier') return null;
  if (isRecord(base) && isRecord(value)) return merge(base, value, `${place}.`);
  if (typeof value !== typeof base || isRecord(base) || value === null) {
    throw badProfile(place, `expected ${typeof base === 'object' ? 'an' : 'a'} ${typeof base}`);
  }
  return value;
}

/** Keys that count something and must be at least one. */
const COUNTS = [
  'blockSize',
  'blocks',
  'maxModelLen',
  'maxNumSeqs',
  'maxBatchedTokens',
  'prefillChunkTokens',
  'tier.chunkTokens',
  'tier.chunks',
];

function checkRanges(profile: EngineProfile): void {
  for (const [place, value] of numbersOf(profile, '')) {
    if (Number.isNaN(value) || value < 0) throw badProfile(place, 'expected 0 or more');
    if (COUNTS.includes(place) && !(Number.isInteger(value) && value >= 1)) {
      throw badProfile(place, 'expected a whole number of at least 1');
    }
  }
  if (profile.speedup === 0) throw badProfile('speedup', 'expected more than 0');
  if (profile.queueFullStatus !== 429 && profile.queueFullStatus !== 503) {
    throw badProfile('queueFullStatus', 'expected 429 or 503');
  }
  if (profile.pinBudget > 1) throw badProfile('pinBudget', 'expected at most 1');
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

function badProfile(place: string, problem: string): KvcacheError {
  return new KvcacheError({
    kind: 'usage',
    code: 'BAD_PROFILE',
    message: `Engine profile: ${place}: ${problem}.`,
    remedy: 'docs/simulation.md lists every key with its unit.',
  });
}
