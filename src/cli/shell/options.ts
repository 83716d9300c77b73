import { Option } from 'commander';
import { KvcacheError } from '../../base/errors.ts';
import { duration, integer, type ScalarSchema, type ScalarType } from '../../schema/describe.ts';
import { readText } from '../../schema/strict.ts';

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

/** `--reporter --out`. */
export function reporterOptions(): Option[] {
  return [
    new Option(
      '--reporter <list>',
      'NAME or NAME=FILE,…: terminal, json, ndjson, csv, markdown, junit, github, openmetrics, html',
    ).default(undefined, 'terminal'),
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
      invalid: ({ message }) => new KvcacheError({ kind: 'usage', code, message, remedy }),
    });
}

const CODES: Partial<Record<ScalarType, string>> = {
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
