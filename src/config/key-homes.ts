import type { Schema } from '../schema/describe.ts';

/** Keys that stand in many places say nothing about where a stray one belongs. */
const TOO_COMMON = new Set([
  'name',
  'config',
  'id',
  'timeout',
  'enabled',
  'port',
  'address',
  'path',
]);

/**
 * The places of the schema where `key` is known, those that share most with `fromPath` first in
 * line and the others left out. Empty when the key is known nowhere or almost everywhere.
 */
export function homesOf(root: Schema<unknown>, key: string, fromPath: string): string[] {
  if (TOO_COMMON.has(key)) return [];
  const homes = allPaths(root, '').filter((path) => path.endsWith(`.${key}`) || path === key);
  const near = fromPath.replaceAll(/\[\d+\]/g, '[]');
  const shared = Math.max(0, ...homes.map((home) => sharedLength(home, near)));
  return homes.filter((home) => sharedLength(home, near) === shared);
}

function allPaths(schema: Schema<unknown>, path: string): string[] {
  switch (schema.kind) {
    case 'object':
      return Object.entries(schema.fields).flatMap(([key, field]) => {
        if (field.status?.kind === 'misplaced') return [];
        const fieldPath = path === '' ? key : `${path}.${key}`;
        return [fieldPath, ...allPaths(field, fieldPath)];
      });
    case 'list':
      return allPaths(schema.item, `${path}[]`);
    case 'variant':
      return Object.values(schema.variants).flatMap((body) => allPaths(body, `${path}.config`));
    case 'scalar':
    case 'map':
    case 'any':
      return [];
  }
}

function sharedLength(a: string, b: string): number {
  const [left, right] = [a.split('.'), b.split('.')];
  let count = 0;
  while (count < left.length && left[count] === right[count]) count += 1;
  return count;
}
