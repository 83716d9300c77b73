import type { Content } from './markup.ts';
import { folded, type HtmlTable, sixDigits, table } from './table.ts';

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** Every figure of a plain JSON object, one fold per member, nested ones by their path. */
export function factsOf(value: object, leaveOut: readonly string[] = []): Content[] {
  return Object.entries(value as Record<string, Json>)
    .filter(([name]) => !leaveOut.includes(name))
    .map(([name, member]) => folded(wordsOf(name), table(factTable(wordsOf(name), member))));
}

function factTable(caption: string, value: Json): HtmlTable {
  if (isRecordList(value)) return listTable(caption, value);
  return { caption, head: ['figure', 'value'], rows: leaves(value, '') };
}

function isRecordList(value: Json): value is readonly Record<string, Json>[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((it) => typeof it === 'object' && it !== null && !Array.isArray(it))
  );
}

/** Objects of one kind side by side; what is nested in them keeps its path. */
function listTable(caption: string, list: readonly Record<string, Json>[]): HtmlTable {
  const rows = list.map((it) => new Map(leaves(it, '')));
  const head = [...new Set(rows.flatMap((row) => [...row.keys()]))];
  return { caption, head, rows: rows.map((row) => head.map((name) => row.get(name) ?? '')) };
}

function leaves(value: Json, path: string): [string, string][] {
  if (value === null) return [[path || 'value', 'unknown']];
  if (typeof value === 'number') return [[path || 'value', String(sixDigits(value))]];
  if (typeof value !== 'object') return [[path || 'value', String(value)]];
  const entries = Object.entries(value as Record<string, Json>);
  if (entries.length === 0) return [[path || 'value', 'none']];
  return entries.flatMap(([name, member]) => leaves(member, path ? `${path}.${name}` : name));
}

/** `tokenPrediction` → `token prediction`. */
function wordsOf(name: string): string {
  return name.replaceAll(
    /([a-z])([A-Z])/g,
    (_, before, after: string) => `${before} ${after.toLowerCase()}`,
  );
}
