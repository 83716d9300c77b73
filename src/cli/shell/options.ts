import { Argument, type Command, Option } from 'commander';
import { FORMAT_NAMES } from '../../report/formats.ts';
import { duration, integer, type ScalarSchema, type ScalarType } from '../../schema/describe.ts';
import { readText } from '../../schema/strict.ts';
import { cliError } from './errors.ts';

/** What a reader wants to see. */
export interface OutputFlags {
  json?: boolean;
  quiet?: boolean;
  verbose?: boolean;
  /** commander's reading of `--no-color`. */
  color: boolean;
}

/** Which reports to make, and where they go. */
export interface ReporterFlags {
  reporter?: string;
  out?: string;
}

export interface WorkDirFlags {
  workDir?: string;
  keepWorkDir?: boolean;
}

/** Adds flags in the order of the help. */
export function withOptions(command: Command, ...options: readonly Option[]): Command {
  for (const option of options) command.addOption(option);
  return command;
}

/** Takes names, separated by commas; help and completion have them from here. */
export class ListOption extends Option {
  readonly names: readonly string[];

  constructor(flags: string, description: string, names: readonly string[]) {
    super(flags, `${description}: ${names.join(', ')}`);
    this.names = names;
  }
}

/** Takes anything; completion offers the names there are. */
export class SuggestingOption extends Option {
  readonly names: readonly string[];

  constructor(flags: string, description: string, names: readonly string[]) {
    super(flags, description);
    this.names = names;
  }
}

/** A file or folder, or a name instead: completion offers what is there. */
export class PathArgument extends Argument {}

/** For flags that may be given again and again. */
export function collect(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

/** `--json --quiet --verbose --no-color`, the same everywhere. */
export function outputOptions(): Option[] {
  return [
    new Option('--json', 'one JSON document on stdout; everything else goes to stderr'),
    new Option('-q, --quiet', 'only the verdict and what failed').conflicts('verbose'),
    new Option(
      '-v, --verbose',
      'also where each value came from and the evidence of passed checks',
    ),
    new Option('--no-color', 'no colours (also NO_COLOR; FORCE_COLOR asks for them)'),
  ];
}

export function reporterOption(): Option {
  const option = new ListOption('--reporter <list>', 'NAME or NAME=FILE,…', FORMAT_NAMES);
  return option.default(undefined, 'terminal');
}

/** `--reporter --out`. */
export function reporterOptions(): Option[] {
  return [
    reporterOption(),
    new Option('--out <dir>', 'folder for the reports; alone it gets the usual ones'),
  ];
}

/** `--work-dir --keep-work-dir`. */
export function workDirOptions(): Option[] {
  return [
    new Option('--work-dir <dir>', 'empty or new directory for logs and configs').default(
      undefined,
      'a fresh one',
    ),
    new Option('--keep-work-dir', 'keep it on success too; on failure it is always kept'),
  ];
}

/**
 * Reads the text of a flag by its description.
 * @throws KvcacheError NUMBER_INVALID, DURATION_INVALID or FLAG_INVALID (kind usage)
 */
export function flagValue<T>(name: string, schema: ScalarSchema<T>) {
  const code = CODES[schema.type] ?? 'FLAG_INVALID';
  const remedy = 'Correct the flag; --help shows what each takes.';
  return (text: string): T =>
    readText(schema, text, {
      name,
      invalid: ({ message }) => cliError(code, { message, remedy }),
    });
}

const CODES: Partial<Record<ScalarType, 'NUMBER_INVALID' | 'DURATION_INVALID'>> = {
  integer: 'NUMBER_INVALID',
  number: 'NUMBER_INVALID',
  duration: 'DURATION_INVALID',
};

export function wholeNumber(flag: string, range: { min: number; max: number }) {
  return flagValue(flag, integer('', range.min, range));
}

/** In ms, above 0. */
export function durationMs(flag: string) {
  return flagValue(flag, duration('', { ms: 0, shown: '' }, { above: 0 }));
}
