import { KvcacheError } from '../base/errors.ts';
import { formatPlace, type Place } from '../schema/node.ts';
import { parseYamlSource } from './yaml-source.ts';
import { type SourceNode } from '../schema/node.ts';

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

/**
 * The error with the place of the key that its message begins with, unless it has one.
 * @param label what messages call the whole file, if that is no key of it
 */
export function withPlace(
  error: unknown,
  source: { text: string; file: string },
  label: string,
): unknown {
  if (!(error instanceof KvcacheError) || error.where !== undefined) return error;
  const { kind, code, message, remedy } = error;
  const { root } = parseYamlSource(source);
  const start = { file: source.file, line: 1, column: 1 };
  const isKey = root?.kind === 'map' && root.entries.some(({ key }) => key === label);
  const path = !isKey && message.startsWith(label) ? message.slice(label.length) : message;
  const place = root ? placeNamedBy(path.replace(/^\./, ''), root, start) : start;
  const where = formatPlace(place);
  return new KvcacheError({ kind, code, message, remedy, where, cause: error });
}
