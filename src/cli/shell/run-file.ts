import { resolve } from 'node:path';
import type { Command, Option } from 'commander';
import { variable } from '../../base/environment.ts';
import { readTextFile } from '../../base/text-file.ts';
import { parseYamlNode } from '../../config/plain-yaml.ts';
import { flag, object, type Schema, text } from '../../schema/describe.ts';
import type { FlagTable } from '../../schema/flag-row.ts';
import { formatPlace, type SourceNode } from '../../schema/node.ts';
import { readStrict } from '../../schema/strict.ts';
import type { CliContext } from './context.ts';
import { cliError } from './errors.ts';

/**
 * Sets what the command line leaves open from the file that `--config` names, as if it had been given
 * there. A flag given by hand also silences those of the file that it excludes.
 * @throws KvcacheError RUN_FILE_INVALID, YAML_INVALID (kind usage) with file:line:column, and as `readTextFile`
 */
export function fillFromFile(
  { command, table }: { command: Command; table: FlagTable },
  { cwd, env }: Pick<CliContext, 'cwd' | 'env'>,
): void {
  const file = command.getOptionValue('config') as string | undefined;
  if (file === undefined) return;
  const options = new Map(
    command.options
      .filter((option) => option.attributeName() !== 'config')
      .map((option) => [option.long!.slice(2), option]),
  );
  const fields = [...options].map(([key, option]) => [key, schemaOf(option, table)] as const);
  const root = parseYamlNode({ text: readTextFile(resolve(cwd, file), { shown: file }), file });
  if (root.kind === 'scalar' && root.isNull) return;
  readStrict(object('A run.', Object.fromEntries(fields)), root, {
    whole: 'a run',
    invalid: (refusal) => cliError('RUN_FILE_INVALID', refusal),
  });
  const byHand = [...options.values()]
    .map((option) => option.attributeName())
    .filter((name) => command.getOptionValueSource(name) === 'cli');
  const places: string[] = [];
  for (const { key, place, value } of root.kind === 'map' ? root.entries : []) {
    const option = options.get(key)!;
    const name = option.attributeName();
    const envName = table[name]?.env;
    const isBeaten = envName !== undefined && variable(env, envName) !== undefined;
    if (isBeaten || byHand.some((other) => other === name || excludes(table, name, other)))
      continue;
    const given = valueOf(option, value);
    if (given === undefined) continue;
    command.setOptionValueWithSource(name, given, 'config');
    places.push(`${name} ${formatPlace(place)}`);
  }
  command.setOptionValueWithSource('fromFile', places, 'config');
}

function excludes(table: FlagTable, one: string, other: string): boolean {
  const of = (name: string): readonly string[] => table[name]?.conflicts ?? [];
  return of(one).includes(other) || of(other).includes(one);
}

/** Only read for its complaints. */
function schemaOf(option: Option, table: FlagTable): Schema<unknown> {
  const schema = table[option.attributeName()]?.schema;
  if (schema?.kind === 'list') return { ...schema, optional: true };
  if (!option.required) return { ...flag('', false), fallback: undefined };
  return { ...(schema ?? text('')), required: false, fallback: undefined };
}

/** As commander would have it; undefined for a switch that is off. */
function valueOf(option: Option, node: SourceNode): unknown {
  if (node.kind === 'list') return node.items.map((item) => textOf(item));
  const written = textOf(node);
  if (!option.required) return /^(?:true|yes|on)$/i.test(written) ? !option.negate : undefined;
  return option.parseArg ? option.parseArg(written, undefined) : written;
}

function textOf(node: SourceNode): string {
  return node.kind === 'scalar' ? node.text : '';
}
