import { closeSync, createReadStream, fsyncSync, openSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { messageOf } from '../base/errors.ts';
import { type Sample, UNTOLD } from './sample.ts';
import { loadError } from './errors.ts';

const FLUSH_CHARS = 64 * 1024;

/**
 * NDJSON file of samples, appended as they happen; the first line is a header with the schema.
 *
 * Durability: lines are handed to the system at the end of each turn of the event loop, so a killed
 * process loses no sample of a turn it finished. `fsync` only on close: surviving a power cut in
 * mid-run is not worth a stalled generator.
 */
export class SampleLog {
  readonly #fd: number;
  readonly #path: string;
  #pending = '';
  #isClosed = false;
  #lateError: unknown;

  /**
   * Creates `path`, readable by the owner only. Two runs in one file could not be told apart, so an
   * existing file is refused.
   * @throws KvcacheError SAMPLES_UNWRITABLE (kind usage)
   */
  constructor(path: string, header: Readonly<Record<string, unknown>> = {}) {
    this.#path = path;
    try {
      this.#fd = openSync(path, 'ax', 0o600);
    } catch (error) {
      throw unwritable(path, error);
    }
    this.#pending = `${JSON.stringify({ schema: SAMPLES_SCHEMA, ...header })}\n`;
    this.flush();
  }

  append(sample: Sample): void {
    if (this.#pending === '') setImmediate(() => this.#flushLate());
    this.#pending += `${JSON.stringify(sample)}\n`;
    if (this.#pending.length >= FLUSH_CHARS) this.flush();
  }

  /** An error here has nobody to hear it; the next flush throws it. */
  #flushLate(): void {
    try {
      if (!this.#isClosed) this.flush();
    } catch (error) {
      this.#lateError ??= error;
    }
  }

  /** Whatever else must be known to read the samples, at this point of the run. */
  note(record: Readonly<Record<string, unknown>>): void {
    this.#pending += `${JSON.stringify({ schema: SAMPLES_NOTE_SCHEMA, ...record })}\n`;
    this.flush();
  }

  /** The last line of a run that came to its end. */
  end(record: Readonly<Record<string, unknown>>): void {
    this.#pending += `${JSON.stringify({ schema: SAMPLES_END_SCHEMA, ...record })}\n`;
    this.flush();
  }

  /** @throws KvcacheError SAMPLES_UNWRITABLE (kind usage), for example on a full disk */
  flush(): void {
    if (this.#lateError !== undefined) throw this.#lateError;
    if (this.#pending === '') return;
    const bytes = Buffer.from(this.#pending);
    this.#pending = '';
    try {
      for (let written = 0; written < bytes.length;) {
        written += writeSync(this.#fd, bytes, written);
      }
    } catch (error) {
      throw unwritable(this.#path, error);
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      this.flush();
      fsyncSync(this.#fd);
    } finally {
      closeSync(this.#fd);
    }
  }
}

export const SAMPLES_SCHEMA = 'kvcache.samples/v1';
export const SAMPLES_NOTE_SCHEMA = 'kvcache.samples-note/v1';
export const SAMPLES_END_SCHEMA = 'kvcache.samples-end/v1';

/**
 * Reads samples back in the order written. A torn last line (the process was killed while writing)
 * is left out; any other bad line is an error. Header, notes and end are handed to `onRecord`.
 * @throws KvcacheError SAMPLES_INVALID (kind usage), `where` holding the line
 */
export async function* readSamples(
  path: string,
  onRecord: (record: Record<string, unknown>) => void = () => {},
): AsyncGenerator<Sample> {
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Infinity });
  let line = 0;
  let torn: { line: number; error: unknown } | undefined;
  for await (const text of lines) {
    if (torn) throw invalid(path, torn.line, torn.error);
    line++;
    try {
      const value: unknown = JSON.parse(text);
      if (isSample(value)) yield revive(value);
      else if (isRecord(value)) onRecord(value);
      else throw new TypeError('neither a sample nor a header');
    } catch (error) {
      torn = { line, error };
    }
  }
  if (torn && torn.error instanceof TypeError) throw invalid(path, torn.line, torn.error);
}

const RECORDS: readonly unknown[] = [SAMPLES_SCHEMA, SAMPLES_NOTE_SCHEMA, SAMPLES_END_SCHEMA];

function isRecord(value: unknown): value is Record<string, unknown> {
  return RECORDS.includes((value as { schema?: unknown } | null)?.schema);
}

function isSample(value: unknown): value is Sample {
  const sample = value as Partial<Sample> | null;
  return (
    typeof sample?.id === 'number' &&
    typeof sample.intendedMs === 'number' &&
    typeof sample.endMs === 'number' &&
    Array.isArray(sample.itlsMs)
  );
}

/** JSON leaves undefined members out; rows have them all. */
function revive(sample: Sample): Sample {
  return { ...UNTOLD, ...sample };
}

function invalid(path: string, line: number, error: unknown) {
  return loadError('SAMPLES_INVALID', {
    message: `The sample file cannot be read: ${messageOf(error)}.`,
    where: `${path}:${line}:1`,
    remedy: 'Hand over a file that --samples wrote, unedited.',
    cause: error,
  });
}

function unwritable(path: string, error: unknown) {
  const message = `The sample file cannot be written: ${messageOf(error)}.`;
  return loadError('SAMPLES_UNWRITABLE', { message, where: path, cause: error });
}
