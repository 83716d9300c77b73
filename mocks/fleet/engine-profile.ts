import { dirname, resolve } from 'node:path';
import { readConfigFile } from '../../src/config/files.ts';
import { parseYamlNode } from '../../src/config/plain-yaml.ts';
import { plainOf, type SourceNode } from '../../src/schema/node.ts';
import type { EngineProfile } from '../profiles/profile.ts';
import { resolveProfile } from '../profiles/resolve.ts';
import { mockError } from '../errors.ts';
import { fleetInvalid } from './fleet-invalid.ts';

type Profiles = Readonly<Record<string, EngineProfile>>;

/**
 * A profile as a fleet file or a flag names it: a shipped one, one of the file's own, a file with one, or
 * `{base, …changes}` of a shipped one; `instant` when it says nothing.
 * @throws KvcacheError UNKNOWN_PROFILE, BAD_PROFILE, FLEET_INVALID, or as files are read (kind usage)
 */
export function readProfile(
  node: SourceNode | undefined,
  own: Profiles,
  path: string,
): EngineProfile {
  if (node === undefined) return resolveProfile('instant');
  if (isName(node)) {
    if (Object.hasOwn(own, node.text)) return own[node.text]!;
    if (isProfileFile(node.text)) return readProfileFile(besides(node), path);
    return resolveProfile(node.text, undefined, path);
  }
  const entries = node.kind === 'map' ? node.entries : [];
  const base = entries.find(({ key }) => key === 'base')?.value;
  if (node.kind === 'map' && (!base || isName(base))) {
    const changes = { ...node, entries: entries.filter(({ key }) => key !== 'base') };
    return resolveProfile(base ? base.text : 'instant', changes, path);
  }
  throw fleetInvalid(
    `${path} must be a profile's name or {base, …changes}.`,
    'docs/simulation.md lists the shipped profiles and every key.',
  );
}

/**
 * A profile as a flag names it: a shipped one, or a file with one.
 * @throws KvcacheError as `resolveProfile` and `readProfileFile` (kind usage)
 */
export function profileCalled(name: string, cwd: string, flag: string): EngineProfile {
  return isProfileFile(name)
    ? readProfileFile(resolve(cwd, name), flag)
    : resolveProfile(name, undefined, flag);
}

/** Whether a profile is named by its file. */
export function isProfileFile(name: string): boolean {
  return /[/\\]|\.(?:ya?ml|json)$/i.test(name);
}

/** A file's name in a file is meant from there; a flag's from where we are. */
function besides({ text, place }: SourceNode & { kind: 'scalar' }): string {
  return place.line === 0 ? text : resolve(dirname(place.file), text);
}

/**
 * The profile in a file: `{base, …changes}` of a shipped one, as `kvcache calibrate` writes it.
 * @throws KvcacheError BAD_PROFILE, UNKNOWN_PROFILE, YAML_INVALID, FILE_UNREADABLE (kind usage)
 */
export function readProfileFile(file: string, path = 'profile'): EngineProfile {
  const node = parseYamlNode(readConfigFile(file));
  if (node.kind === 'map') return readProfile(node, {}, path);
  throw mockError('BAD_PROFILE', {
    message: `${path}: the file holds no profile.`,
    where: file,
  });
}

function isName(node: SourceNode): node is SourceNode & { kind: 'scalar' } {
  return node.kind === 'scalar' && typeof plainOf(node) === 'string';
}

/** The profiles a fleet file defines. */
export function readProfiles(
  definitions: Readonly<Record<string, SourceNode | undefined>>,
): Record<string, EngineProfile> {
  return Object.fromEntries(
    Object.entries(definitions).map(([name, definition]) => [
      name,
      { ...readProfile(definition, {}, `profiles.${name}`), name },
    ]),
  );
}
