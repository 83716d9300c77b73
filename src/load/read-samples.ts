import { createReadStream } from 'node:fs';
import type { KvcacheError } from '../base/errors.ts';
import { isRecord, parseJson } from '../base/json.ts';
import { openTextFile } from '../base/text-file.ts';
import { loadError } from './errors.ts';
import type { Sample } from './sample.ts';
import { sampleProblem } from './sample-problem.ts';
import { SAMPLES_END_SCHEMA, SAMPLES_NOTE_SCHEMA, SAMPLES_SCHEMA } from './sample-log.ts';
import { SeenIds } from './seen-ids.ts';

/**
 * Reads samples back in the order written, a line at a time: a log may be larger than memory. A torn last
 * line (the process was killed while writing) is left out; any other bad line is an error, and so is a
 * request that stands there twice. Header, notes and end are handed to `onRecord`.
 * @throws KvcacheError SAMPLES_INVALID, `where` holding the line, and as `openTextFile` (kind usage)
 */
export async function* readSamples(
  path: string,
  onRecord: (record: Record<string, unknown>) => void = () => {},
): AsyncGenerator<Sample> {
  const seen = new SeenIds();
  let line = 0;
  for await (const { text, isWhole } of linesOf(path)) {
    line++;
    const value = parseJson(text);
    if (value === undefined && !isWhole) return;
    const problem = isNoted(value) ? undefined : sampleProblem(value);
    if (problem !== undefined) throw invalid(path, line, problem);
    if (isNoted(value)) onRecord(value);
    else if (seen.add(value as Sample)) yield value as Sample;
    else throw invalid(path, line, `request ${(value as Sample).id} stands there twice`);
  }
}

const RECORDS: readonly unknown[] = [SAMPLES_SCHEMA, SAMPLES_NOTE_SCHEMA, SAMPLES_END_SCHEMA];

function isNoted(value: unknown): value is Record<string, unknown> {
  return isRecord(value) && RECORDS.includes(value['schema']);
}

interface Line {
  text: string;
  /** Its end was written. */
  isWhole: boolean;
}

/** What was known at the end of a long verification takes a few megabytes. */
const LINE_CHARS_MAX = 64 * 1024 * 1024;

async function* linesOf(path: string): AsyncGenerator<Line> {
  let rest = '';
  const fd = openTextFile(path);
  for await (const chunk of createReadStream('', {
    fd,
    encoding: 'utf8',
    highWaterMark: 1 << 18,
  })) {
    const lines = (rest + (chunk as string)).split('\n');
    rest = lines.pop()!;
    for (const text of lines) yield { text, isWhole: true };
    if (rest.length > LINE_CHARS_MAX) break;
  }
  if (rest !== '') yield { text: rest, isWhole: rest.length > LINE_CHARS_MAX };
}

function invalid(path: string, line: number, problem: string): KvcacheError {
  return loadError('SAMPLES_INVALID', {
    message: `The sample file cannot be read: ${problem}.`,
    where: `${path}:${line}:1`,
    remedy: 'Hand over a file that --samples wrote, unedited.',
  });
}
