import { isRecord, parseJson } from '../../base/json.ts';
import { textOfTurn, type Turn } from '../structure/structure.ts';

/** The tools that a turn of definitions lists. */
export function definitionsOf(turn: Turn): unknown[] {
  const list = parseJson(textOfTurn(turn));
  return Array.isArray(list) ? list : [];
}

/** JSON that is equal for equal members, whatever their order. */
export function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_, it: unknown) =>
    isRecord(it)
      ? Object.fromEntries(Object.entries(it).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : it,
  );
}

/** The same texts, each as often, in another order. */
export function isReordered(before: readonly string[], after: readonly string[]): boolean {
  if (before.length !== after.length || before.length < 2) return false;
  if (before.every((it, index) => it === after[index])) return false;
  const [a, b] = [before.toSorted(), after.toSorted()];
  return a.every((it, index) => it === b[index]);
}
