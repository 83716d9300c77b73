import { Option } from 'commander';
import { flagName } from '../../base/flag-name.ts';
import type { ListSchema, ScalarSchema } from '../../schema/describe.ts';
import { flagValue } from './options.ts';

/** One flag: what may stand there, and how help shows it. */
export interface FlagRow {
  schema: ScalarSchema<unknown> | ListSchema<unknown>;
  /** What help calls the value; none for a switch. */
  value?: string;
  /** Names of flags that it excludes. */
  conflicts?: readonly string[];
  /** Runs that differ in it may be compared all the same. */
  isIncidental?: boolean;
}

/** The options of a table, whose keys are the names that an action knows its flags by. */
export function optionsOf(table: Readonly<Record<string, FlagRow>>): Option[] {
  return Object.entries(table).map(([name, row]) => optionOf(name, row));
}

function optionOf(name: string, { schema, value, conflicts = [] }: FlagRow): Option {
  const long = flagName(name);
  if (schema.kind === 'list') {
    return new Option(`${long} <${value}>`, schema.doc)
      .argParser((text: string, all: string[]) => [...all, text])
      .default([], 'none');
  }
  const { type, fallback, shown } = schema;
  if (type === 'boolean')
    return new Option(long.replace('--', fallback === true ? '--no-' : '--'), schema.doc);
  const option = new Option(`${long} <${value}>`, schema.doc).conflicts([...conflicts]);
  if (schema.oneOf) option.choices(schema.oneOf);
  if (type !== 'text' || schema.oneOf) option.argParser(flagValue(long, schema));
  if (schema.required) return option.makeOptionMandatory();
  return shown === '' ? option : option.default(fallback, shown === fallback ? undefined : shown);
}
