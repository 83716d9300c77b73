import { flagName } from '../../base/flag-name.ts';
import type { FlagRow } from '../../schema/flag-row.ts';
import { LOAD_FLAGS, type LoadFlags } from './flags.ts';
import { SHARD_FLAGS } from './shard-flags.ts';

/** What each process has of its own. */
const OWN: ReadonlySet<string> = new Set([...Object.keys(SHARD_FLAGS), 'samples']);

/**
 * The flags that make a plan, as `--config` takes them: by name, what holds by itself left out. In a file
 * and not on command lines, which everybody on a machine can read.
 */
export function planFile(flags: LoadFlags): Record<string, unknown> {
  const rows = Object.entries<FlagRow>(LOAD_FLAGS).filter(([name]) => !OWN.has(name));
  return Object.fromEntries(
    rows.flatMap(([name, row]) => {
      const written = writtenFlag(flagName(name).slice(2), row, flags[name as keyof LoadFlags]);
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
