import { KvcacheError } from '../../src/base/errors.ts';
import type { EngineProfile } from '../profiles/profile.ts';
import { resolveProfile } from '../profiles/resolve.ts';
import { isRecord, type JsonRecord } from '../shape.ts';

/**
 * A profile as a fleet file names it: a shipped one, one of the file's own, or `{base, …changes}` of
 * a shipped one.
 * @throws KvcacheError UNKNOWN_PROFILE, BAD_PROFILE or FLEET_INVALID (kind usage)
 */
export function readProfile(
  value: unknown,
  own: Readonly<Record<string, EngineProfile>>,
  where: string,
): EngineProfile {
  if (typeof value === 'string') {
    return Object.hasOwn(own, value) ? own[value]! : resolveProfile(value, {}, where);
  }
  const { base = 'instant', ...changes } = isRecord(value) ? value : { base: null };
  if (typeof base === 'string') return resolveProfile(base, changes, where);
  throw new KvcacheError({
    kind: 'usage',
    code: 'FLEET_INVALID',
    message: `${where} must be a profile's name or {base, …changes}.`,
    remedy: 'docs/simulation.md lists the shipped profiles and every key.',
  });
}

/** The profiles a fleet file defines. */
export function readProfiles(definitions: JsonRecord): Record<string, EngineProfile> {
  return Object.fromEntries(
    Object.entries(definitions).map(([name, definition]) => [
      name,
      { ...readProfile(definition, {}, `profiles.${name}`), name },
    ]),
  );
}
