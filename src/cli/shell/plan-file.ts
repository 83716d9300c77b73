import { flagName } from '../../base/flag-name.ts';
import type { FlagRow, FlagTable } from '../../schema/flag-row.ts';

/** A command's flags, and which of them each process has of its own. */
export interface PlanTable {
  table: FlagTable;
  own: readonly string[];
}

/**
 * The flags that make a plan, as `--config` takes them: by name, what holds by itself left out. In a file
 * and not on command lines, which everybody on a machine can read.
 */
export function planFile(
  { table, own }: PlanTable,
  flags: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const rows = Object.entries<FlagRow>(table).filter(([name]) => !own.includes(name));
  return Object.fromEntries(
    rows.flatMap(([name, row]) => {
      const written = writtenFlag(flagName(name).slice(2), row, flags[name]);
      return written === undefined ? [] : [written];
    }),
  );
}

function writtenFlag(
  key: string,
  { schema, value }: FlagRow,
  given: unknown,
): [string, unknown] | undefined {
  if (schema.kind === 'list') {
    const items = given as readonly unknown[];
    return items.length === 0 ? undefined : [key, items];
  }
  if (given === undefined || given === schema.fallback) return undefined;
  if (value === undefined) return [given === true ? key : `no-${key}`, true];
  return [key, schema.type === 'duration' ? `${given as number}ms` : given];
}
