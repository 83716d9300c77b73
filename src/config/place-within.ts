import type { Place } from './issue.ts';
import type { SourceNode } from './yaml-source.ts';

/**
 * Where the key stands that a message begins with, as far as the node has it: `engines[0].profile …`.
 * @param start the node with its name, which the message may put first, and its place
 */
export function placeWithin(
  start: { name: string; node: SourceNode; place: Place },
  message: string,
): Place {
  let { node, place } = start;
  for (const [part] of (/^[\w.[\]]+/.exec(message)?.[0] ?? '').matchAll(/\w+/g)) {
    if (part === start.name && node === start.node) continue;
    const entry = node.kind === 'map' ? node.entries.find(({ key }) => key === part) : undefined;
    const next = node.kind === 'list' ? node.items[Number(part)] : entry?.value;
    if (next === undefined) break;
    node = next;
    place = entry?.place ?? next.place;
  }
  return place;
}
