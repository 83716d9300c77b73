import { KvcacheError } from '../../src/base/errors.ts';
import { builtinProfiles } from '../profiles/builtin.ts';
import type { EngineProfile } from '../profiles/profile.ts';
import { isRecord, type JsonRecord, typeOf } from '../shape.ts';

/**
 * A profile as a fleet file names it: by name, or as `{base, …members to change}`.
 * @throws KvcacheError PROFILE_UNKNOWN or PROFILE_INVALID (kind usage)
 */
export function readProfile(
  value: unknown,
  known: Readonly<Record<string, EngineProfile>>,
  where: string,
): EngineProfile {
  if (typeof value === 'string') return profileNamed(value, known);
  if (!isRecord(value)) throw invalid(`${where} must be a profile's name or an object.`);
  const { base = 'instant', ...changes } = value;
  if (typeof base !== 'string') throw invalid(`${where}.base must be a profile's name.`);
  return change(profileNamed(base, known), changes, where) as EngineProfile;
}

function profileNamed(name: string, known: Readonly<Record<string, EngineProfile>>): EngineProfile {
  const profile = Object.hasOwn(known, name) ? known[name] : undefined;
  if (profile) return profile;
  throw new KvcacheError({
    kind: 'usage',
    code: 'PROFILE_UNKNOWN',
    message: `There is no profile "${name}".`,
    remedy: `Choose one of ${Object.keys(known).join(', ')}, or define it in a fleet file.`,
  });
}

/** Every profile there is: the shipped ones and those a fleet file defines, which may build on earlier ones. */
export function readProfiles(definitions: JsonRecord): Record<string, EngineProfile> {
  const profiles: Record<string, EngineProfile> = { ...builtinProfiles };
  for (const [name, definition] of Object.entries(definitions)) {
    profiles[name] = { ...readProfile(definition, profiles, `profiles.${name}`), name };
  }
  return profiles;
}

/** A copy with some members replaced; every change must be of the type it replaces. */
function change(base: object, changes: JsonRecord, where: string): object {
  const changed: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(changes)) {
    const before = changed[key];
    if (!Object.hasOwn(changed, key)) throw invalid(`${where} has an unknown key "${key}".`);
    if (isRecord(before) && isRecord(value)) {
      changed[key] = change(before, value, `${where}.${key}`);
    } else if (key === 'tier' && value === null) {
      changed[key] = null;
    } else if (typeOf(before) === typeOf(value)) {
      changed[key] = value;
    } else {
      throw invalid(`${where}.${key} must be a ${typeOf(before)}.`);
    }
  }
  return changed;
}

function invalid(message: string): KvcacheError {
  return new KvcacheError({
    kind: 'usage',
    code: 'PROFILE_INVALID',
    message,
    remedy: 'docs/mocks.md lists the members of a profile.',
  });
}
