import { plainOf, type SourceNode } from '../../src/schema/node.ts';
import type { EngineProfile } from '../profiles/profile.ts';
import { resolveProfile } from '../profiles/resolve.ts';
import { fleetInvalid } from './fleet-invalid.ts';

type Profiles = Readonly<Record<string, EngineProfile>>;

/**
 * A profile as a fleet file names it: a shipped one, one of the file's own, or `{base, …changes}` of
 * a shipped one; `instant` when it says nothing.
 * @throws KvcacheError UNKNOWN_PROFILE, BAD_PROFILE or FLEET_INVALID (kind usage)
 */
export function readProfile(
  node: SourceNode | undefined,
  own: Profiles,
  path: string,
): EngineProfile {
  if (node === undefined) return resolveProfile('instant');
  if (isName(node)) {
    return Object.hasOwn(own, node.text)
      ? own[node.text]!
      : resolveProfile(node.text, undefined, path);
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
