/** Of the items, or of what `value` makes of each. */
export function sumOf<T>(items: Iterable<T>, value: (item: T) => number = Number): number {
  let sum = 0;
  for (const item of items) sum += value(item);
  return sum;
}

/** Null without items. */
export function meanOf<T>(items: readonly T[], value: (item: T) => number = Number): number | null {
  return items.length === 0 ? null : sumOf(items, value) / items.length;
}

/**
 * The items by their key, or what `valueOf` makes of each, in the order of the first of each; an item
 * without a value has no place in it.
 */
export function groupBy<T, Key, Value = T>(
  items: Iterable<T>,
  keyOf: (item: T) => Key,
  valueOf: (item: T) => Value | null | undefined = (item) => item as unknown as Value,
): Map<Key, Value[]> {
  const groups = new Map<Key, Value[]>();
  for (const item of items) {
    const value = valueOf(item);
    if (value === null || value === undefined) continue;
    const group = groups.get(keyOf(item));
    if (group) group.push(value);
    else groups.set(keyOf(item), [value]);
  }
  return groups;
}

/** Of items that are there on a condition, those that are; an empty text is none. */
export function present<T>(items: readonly (T | '' | false | null | undefined)[]): T[] {
  return items.filter((it) => Boolean(it) || it === 0) as T[];
}

/** What is known of each by name; unknown items have no place in it. */
export function countBy<T>(
  items: Iterable<T>,
  nameOf: (item: T) => string | null | undefined,
): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) {
    const name = nameOf(item);
    if (name !== null && name !== undefined) addTo(counts, name);
  }
  return counts;
}

export function addTo(counts: Record<string, number>, name: string, n = 1): void {
  counts[name] = (counts[name] ?? 0) + n;
}

/** The highest count first. */
export function byCount(counts: Readonly<Record<string, number>>): [name: string, n: number][] {
  return Object.entries(counts).toSorted(([, a], [, b]) => b - a);
}
