import { Option } from 'commander';
import { flagName } from '../../base/flag-name.ts';
import type { FlagRow, FlagTable } from '../../schema/flag-row.ts';
import type { ScalarSchema } from '../../schema/describe.ts';
import { flagValue, SuggestingOption } from './options.ts';

/** Options that hand over values, read as their rows describe. */
export function optionsOf(table: FlagTable): Option[] {
  return Object.entries(table).map(([name, row]) => {
    const option = optionOf(name, row);
    const { schema } = row;
    if (schema.kind === 'list') return option.default([], 'none');
    if (schema.type === 'boolean') return option;
    if (schema.type !== 'text' || schema.oneOf) {
      option.argParser(flagValue(flagName(name), schema));
    }
    if (schema.required) return option.makeOptionMandatory();
    const { fallback, shown } = schema;
    return shown === '' ? option : option.default(fallback, shown === fallback ? undefined : shown);
  });
}

/** Options that hand over texts, for a `SettingReader`, which knows variables and defaults. */
export function textOptionsOf(table: FlagTable): Option[] {
  return Object.entries(table).map(([name, row]) => {
    const option = optionOf(name, row);
    const { schema } = row;
    if (schema.kind === 'list' || schema.type === 'boolean') return option;
    if (schema.oneOf) option.argParser((text: string) => text);
    return schema.shown === '' ? option : option.default(undefined, schema.shown);
  });
}

function optionOf(name: string, { schema, value, env, conflicts = [] }: FlagRow): Option {
  const long = flagName(name);
  const doc = env === undefined ? schema.doc : `${schema.doc} (env: ${env})`;
  if (value === undefined) {
    const isOn = schema.kind === 'scalar' && schema.fallback === true;
    return new Option(isOn ? long.replace('--', '--no-') : long, doc).conflicts([...conflicts]);
  }
  const { suggested } = schema.kind === 'list' ? (schema.item as ScalarSchema<unknown>) : schema;
  const written = `${long} <${value}>`;
  const option = suggested
    ? new SuggestingOption(written, doc, suggested)
    : new Option(written, doc);
  option.conflicts([...conflicts]);
  if (schema.kind === 'list') {
    return option.argParser((text: string, all?: string[]) => [...(all ?? []), text]);
  }
  return schema.oneOf ? option.choices(schema.oneOf) : option;
}
