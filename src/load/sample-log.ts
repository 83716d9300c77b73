import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { type KvcacheError, messageOf } from '../base/errors.ts';
import { refusalOf } from '../base/refusal.ts';
import { loadError } from './errors.ts';
import type { Sample } from './sample.ts';

const FLUSH_CHARS = 64 * 1024;

/**
 * NDJSON file of samples, appended as they happen; the first line is a header with the schema.
 *
 * Durability: lines are handed to the system at the end of each turn of the event loop, so a killed
 * process loses no sample of a turn it finished. `fsync` only on close: surviving a power cut in
 * mid-run is not worth a stalled generator.
 *
 * What cannot be written (a full disk) ends the log, not the run: what was measured is worth its report.
 * `close` tells of it.
 */
export class SampleLog {
  readonly path: string;
  readonly #fd: number;
  #pending = '';
  #isClosed = false;
  #failure: unknown;

  /**
   * Creates `path`, readable by the owner only. Two runs in one file could not be told apart, so an
   * existing file is refused.
   * @throws KvcacheError SAMPLES_UNWRITABLE (kind usage)
   */
  constructor(path: string, header: Readonly<Record<string, unknown>> = {}) {
    this.path = path;
    try {
      this.#fd = openSync(path, 'ax', 0o600);
    } catch (error) {
      throw unwritable(path, error);
    }
    this.#pending = `${JSON.stringify({ schema: SAMPLES_SCHEMA, ...header })}\n`;
    this.flush();
    const failure = this.#failure === undefined ? undefined : this.close();
    if (failure) throw failure;
  }

  append(sample: Sample): void {
    if (this.#pending === '') setImmediate(() => this.flush());
    this.#pending += `${JSON.stringify(sample)}\n`;
    if (this.#pending.length >= FLUSH_CHARS) this.flush();
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

  /** Hands what was appended to the system. */
  flush(): void {
    const bytes = Buffer.from(this.#pending);
    this.#pending = '';
    if (this.#failure !== undefined || this.#isClosed) return;
    try {
      for (let written = 0; written < bytes.length;) {
        written += writeSync(this.#fd, bytes, written);
      }
    } catch (error) {
      // The line it broke off in stays the last one, which readers know to leave out.
      this.#failure = error;
    }
  }

  /**
   * Repeatable.
   * @returns SAMPLES_UNWRITABLE (kind usage) where the file is not whole, for example on a full disk
   */
  close(): KvcacheError | undefined {
    if (!this.#isClosed) this.#settle();
    if (this.#failure === undefined) return undefined;
    const details = [`What was written until then can be read: kvcache report ${this.path}`];
    return unwritable(this.path, this.#failure, details);
  }

  #settle(): void {
    this.flush();
    this.#isClosed = true;
    try {
      fsyncSync(this.#fd);
    } catch (error) {
      this.#failure ??= error;
    }
    closeSync(this.#fd);
  }
}

export const SAMPLES_SCHEMA = 'kvcache.samples/v1';
export const SAMPLES_NOTE_SCHEMA = 'kvcache.samples-note/v1';
export const SAMPLES_END_SCHEMA = 'kvcache.samples-end/v1';

function unwritable(path: string, error: unknown, details: string[] = []): KvcacheError {
  const message = `The sample file cannot be written: ${refusalOf(error)?.text ?? messageOf(error)}.`;
  return loadError('SAMPLES_UNWRITABLE', { message, where: path, details, cause: error });
}
