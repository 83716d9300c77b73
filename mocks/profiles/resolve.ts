import type { KvcacheError } from '../../src/base/errors.ts';
import { optional, type Schema } from '../../src/schema/describe.ts';
import type { SourceNode } from '../../src/schema/node.ts';
import { readStrict } from '../../src/schema/strict.ts';
import { isRecord, type JsonRecord } from '../../src/base/json.ts';
import { builtinProfiles } from './builtin.ts';
import { type EngineProfile, profileSchema } from './profile.ts';
import { mockError } from '../errors.ts';

/**
 * The shipped profile `name` with the user's changes. Messages begin with `path`, that of the
 * profile in the user's file.
 * @throws KvcacheError UNKNOWN_PROFILE for a name that is not shipped, BAD_PROFILE for a key that no
 * profile has or a value that cannot be (kind usage)
 */
export function resolveProfile(
  name: string,
  changes?: SourceNode,
  path = 'profile',
): EngineProfile {
  if (!Object.hasOwn(builtinProfiles, name)) {
    throw mockError('UNKNOWN_PROFILE', {
      message: `${path}: no engine profile "${name}" is shipped.`,
      remedy: `Use one of ${Object.keys(builtinProfiles).join(', ')}, or override keys of one.`,
    });
  }
  const base = builtinProfiles[name]!;
  if (!changes) return base;
  const invalid = ({ message, where }: { message: string; where?: string }): KvcacheError =>
    badProfile(message, where);
  const read = readStrict(CHANGES, changes, { whole: path, path, invalid }) as JsonRecord;
  const profile = merged(base, read) as EngineProfile;
  assertSize(profile.blocks * profile.blockSize, `${path}.blocks`);
  const { tier } = profile;
  if (tier) assertSize(tier.chunks * tier.chunkTokens, `${path}.tier.chunks`);
  return profile;
}

const CHANGES = changesOf(profileSchema);

/** The same without its defaults: what is absent is left as it is. */
function changesOf(schema: Schema<unknown>): Schema<unknown> {
  if (schema.kind !== 'object') return optional(schema);
  const fields = Object.entries(schema.fields).map(([key, field]) => [key, changesOf(field)]);
  return { ...schema, optional: true, fields: Object.fromEntries(fields) };
}

function merged(base: object, changes: JsonRecord): object {
  const result = { ...base } as Record<string, unknown>;
  for (const [key, value] of Object.entries(changes)) {
    const old = result[key];
    result[key] = isRecord(old) && isRecord(value) ? merged(old, value) : value;
  }
  return result;
}

/** A profile's caches are laid out at once: so many tokens fit into any machine. */
const CACHE_TOKENS_MAX = 2 ** 28;

function assertSize(tokens: number, path: string): void {
  if (tokens <= CACHE_TOKENS_MAX) return;
  throw badProfile(
    `${path} must leave room for at most ${CACHE_TOKENS_MAX} tokens, not ${tokens}.`,
  );
}

function badProfile(message: string, where?: string) {
  return mockError('BAD_PROFILE', { message, where });
}
