import type { Place } from './issue.ts';
import type { SourceNode } from './yaml-source.ts';

/**
 * Where the key stands that a message begins with: `engines[0].profile must be …`. What is not
 * written in the file falls back to the nearest enclosing key that is, and at last to `start`.
 */
export function placeNamedBy(message: string, root: SourceNode, start: Place): Place {
  const path = /^[\w.[\]-]+/.exec(message)?.[0] ?? '';
  let node = root;
  let place = start;
  for (const [part] of path.matchAll(/[\w-]+/g)) {
    const entry = node.kind === 'map' ? node.entries.find(({ key }) => key === part) : undefined;
    const next = node.kind === 'list' ? node.items[Number(part)] : entry?.value;
    if (next === undefined) break;
    node = next;
    place = entry?.place ?? next.place;
  }
  return place;
}
