import { KvcacheError } from '../base/errors.ts';
import { formatPlace, type Place } from './issue.ts';
import { parseYamlSource, type SourceNode, type YamlSource } from './yaml-source.ts';

/** What a message may begin with that is no key itself. */
interface Start {
  name: string;
  node: SourceNode;
  place: Place;
}

/** Where the key stands that a message begins with, as far as the node has it: `engines[0].profile …`. */
export function placeWithin(start: Start, message: string): Place {
  let { node, place } = start;
  for (const [part] of (/^[\w.[\]]+/.exec(message)?.[0] ?? '').matchAll(/\w+/g)) {
    const child = childOf(node, part);
    if (child) ({ node, place } = child);
    else if (part !== start.name || node !== start.node) break;
  }
  return place;
}

function childOf(node: SourceNode, part: string): Omit<Start, 'name'> | undefined {
  if (node.kind === 'map') {
    const entry = node.entries.find(({ key }) => key === part);
    return entry && { node: entry.value, place: entry.place };
  }
  const item = node.kind === 'list' ? node.items[Number(part)] : undefined;
  return item && { node: item, place: item.place };
}

/** The same error with its place in the file, when its message begins with a key and it has none yet. */
export function placedError(error: unknown, source: YamlSource, name: string): unknown {
  if (!(error instanceof KvcacheError) || error.where !== undefined) return error;
  const node = parseYamlSource(source).root;
  if (node === undefined) return error;
  const { kind, code, message, remedy } = error;
  const where = formatPlace(placeWithin({ name, node, place: node.place }, message));
  return new KvcacheError({ kind, code, message, remedy, where });
}
