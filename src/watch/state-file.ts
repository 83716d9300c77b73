import { existsSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { readTextFile } from '../base/text-file.ts';
import { map, number, object, required, type Schema, text } from '../schema/describe.ts';
import { readPlain } from '../schema/strict.ts';
import { watchError } from './errors.ts';

const BYTES_MAX = 64 * 1024 * 1024;

/** A file that a watch keeps for the next one. */
export interface StateKind<T> {
  schema: string;
  name: string;
  /** What is kept of an engine in one series, or of the fleet. */
  values: Schema<T>;
  invalid: Parameters<typeof watchError>[0];
}

export type BySeries<T> = Readonly<Record<string, Readonly<Record<string, T>>>>;

/**
 * What an earlier watch left; undefined when there is no such file yet.
 * @throws KvcacheError of the kind's code, and as `readTextFile` (kind usage)
 */
export function readState<T>(
  { schema, name, values, invalid: code }: StateKind<T>,
  path: string,
  windowMs: number,
): BySeries<T> | undefined {
  if (!existsSync(path)) return undefined;
  const invalid = (message: string, remedy?: string) =>
    watchError(code, { message, where: path, ...(remedy !== undefined && { remedy }) });
  const form = object(`The ${name}.`, {
    schema: required(text('Version.', '', { oneOf: [schema] })),
    windowMs: required(number('Length of a window.', 0, { above: 0 })),
    series: required(map('By series.', map('By engine.', values as Schema<unknown>))),
  });
  const content = parsed(readTextFile(path, { bytesMax: BYTES_MAX }));
  if (content === undefined) throw invalid(`The ${name} is not JSON.`);
  const file = readPlain(form, content, {
    whole: `the ${name}`,
    invalid: ({ message }) => invalid(message),
  });
  if (file.windowMs === windowMs) return file.series as BySeries<T>;
  throw invalid(
    `The ${name} was learnt with windows of ${file.windowMs} ms, this watch has ${windowMs} ms.`,
    'Give the same --window, or another file.',
  );
}

function parsed(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}

/** Replaces the file as a whole: a full disk leaves the old one. Throws as the file system does. */
export async function writeState<T>(
  path: string,
  { schema }: Pick<StateKind<T>, 'schema'>,
  { windowMs, series }: { windowMs: number; series: BySeries<T> },
): Promise<void> {
  const next = `${path}.next`;
  await writeFile(next, JSON.stringify({ schema, windowMs, series }));
  await rename(next, path);
}
