import { fstatSync, writeSync } from 'node:fs';
import type { OutputStream } from './context.ts';

type Standard = NodeJS.WriteStream & { readonly fd: number };

/** stdout or stderr. What cannot be written is counted and dropped: it never ends the process. */
export class Output implements OutputStream {
  readonly #stream: Standard;
  readonly #isFile: boolean;
  readonly #waitingBytesMax: number;
  #isTorn = false;
  #loss: unknown;
  #lostCount = 0;

  /** @param waitingBytesMax of a pipe whose reader does not keep up: what comes then is lost */
  constructor(stream: Standard, waitingBytesMax = Infinity) {
    this.#stream = stream;
    this.#waitingBytesMax = waitingBytesMax;
    const found = fstatSync(stream.fd);
    this.#isFile = found.isFile() || (found.isCharacterDevice() && !stream.isTTY);
    stream.on('error', (error) => this.#lose(error));
  }

  /** Why something was lost, the first time; undefined while all was written. */
  get loss(): unknown {
    return this.#loss;
  }

  /** Calls of `write` whose text was lost. */
  get lostCount(): number {
    return this.#lostCount;
  }

  get isTTY(): boolean {
    return this.#stream.isTTY;
  }

  get columns(): number {
    return this.#stream.columns;
  }

  get rows(): number {
    return this.#stream.rows;
  }

  on(event: 'resize', listener: () => void): void {
    this.#stream.on(event, listener);
  }

  off(event: 'resize', listener: () => void): void {
    this.#stream.off(event, listener);
  }

  write(text: string): void {
    if (this.#isFile) this.#writeFile(text);
    else if (this.#stream.writableLength > this.#waitingBytesMax) this.#lose(notRead());
    else this.#stream.write(text);
  }

  /** Node's own stream takes what a full disk cut short for written. */
  #writeFile(text: string): void {
    const bytes = Buffer.from(this.#isTorn ? `\n${text}` : text);
    let written = 0;
    try {
      while (written < bytes.length) written += writeSync(this.#stream.fd, bytes, written);
      this.#isTorn = false;
    } catch (error) {
      this.#isTorn ||= written > 0;
      this.#lose(error);
    }
  }

  /** Resolves when everything written so far is out, or lost. */
  flushed(): Promise<void> {
    return new Promise((resolve) => this.#stream.write('', () => resolve()));
  }

  #lose(error: unknown): void {
    this.#loss ??= error;
    this.#lostCount++;
  }
}

function notRead(): Error {
  return Object.assign(new Error('The reader does not keep up.'), { code: 'ENOBUFS' });
}
