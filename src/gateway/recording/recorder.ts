import { closeSync, fchmodSync, fstatSync, ftruncateSync, openSync, write } from 'node:fs';
import { messageOf } from '../../base/errors.ts';
import { refusalOf } from '../../base/refusal.ts';
import type { RecordConfig } from '../../config/gateway-config.ts';
import type { GatewayLogger } from '../runtime-services.ts';
import { gatewayError } from '../errors.ts';

/** Lines waiting for a slow disk, in bytes; more are left out. */
const WAITING_BYTES_MAX = 16 * 1024 * 1024;
/** Only its owner may read what people asked a model. */
const OWNER_ONLY = 0o600;

/**
 * Appends lines to a file beside the traffic: bounded in the file and in memory, and a disk that fails or
 * is full ends the recording, never a request. What is written are whole lines.
 */
export class Recorder {
  readonly #config: RecordConfig;
  readonly #log: GatewayLogger;
  readonly #fd: number;
  /** Bytes of the file that are whole lines. */
  #size: number;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #isWriting = false;
  #isOver = false;
  #leftOut = 0;
  #onIdle: (() => void) | undefined;

  /** @throws KvcacheError RECORD_UNWRITABLE (kind usage) */
  constructor(config: RecordConfig, log: GatewayLogger) {
    this.#config = config;
    this.#log = log;
    try {
      this.#fd = openSync(config.file, 'a', OWNER_ONLY);
      fchmodSync(this.#fd, OWNER_ONLY);
      this.#size = fstatSync(this.#fd).size;
    } catch (error) {
      const message = `Requests cannot be recorded: ${refusalOf(error)?.text ?? messageOf(error)}.`;
      throw gatewayError('RECORD_UNWRITABLE', { message, where: config.file, cause: error });
    }
  }

  /** Whether lines are still taken. */
  get isOpen(): boolean {
    return !this.#isOver;
  }

  add(line: string): void {
    if (this.#isOver) return;
    const bytes = Buffer.from(`${line}\n`);
    if (this.#size + this.#waitingBytes + bytes.length > this.#config.bytesMax) {
      this.#end(`the file has bytes_max (${this.#config.bytesMax})`);
      return;
    }
    if (this.#waitingBytes + bytes.length > WAITING_BYTES_MAX) {
      this.#leftOut++;
      return;
    }
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.#writeNext();
  }

  /** Writes what is waiting, then closes the file. */
  async close(): Promise<void> {
    if (this.#isWriting) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    this.#isOver = true;
    if (this.#leftOut > 0)
      this.#log('warn', `recording: ${this.#leftOut} requests left out, the disk is slow`);
    closeSync(this.#fd);
  }

  #writeNext(): void {
    if (this.#isWriting) return;
    if (this.#waiting.length === 0) {
      this.#onIdle?.();
      return;
    }
    const bytes = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#isWriting = true;
    write(this.#fd, bytes, (error, written) => {
      this.#isWriting = false;
      this.#waitingBytes -= bytes.length;
      if (error || written < bytes.length) this.#fail(error);
      else this.#size += written;
      this.#writeNext();
    });
  }

  /** A torn line would make the whole file unreadable. */
  #fail(error: Error | null): void {
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#end(error ? (refusalOf(error)?.text ?? messageOf(error)) : 'the disk is full');
    try {
      ftruncateSync(this.#fd, this.#size);
    } catch {
      // A device has no length; what failed has been told.
    }
  }

  #end(reason: string): void {
    if (!this.#isOver) this.#log('warn', `recording of ${this.#config.file} ended: ${reason}`);
    this.#isOver = true;
  }
}
