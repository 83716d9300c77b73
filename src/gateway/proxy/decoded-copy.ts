import type { Transform } from 'node:stream';
import { createDecoders } from '../../net/content-coding.ts';

/** Bytes that may come out of one answer; more are not looked at. */
const DECODED_BYTES_MAX = 64 * 1024 * 1024;
/** Bytes that may wait to be decoded: an engine can send faster than a busy machine decodes. */
const WAITING_BYTES_MAX = 4 * 1024 * 1024;

/**
 * Reads along in a compressed answer. What is passed on stays as it is; what cannot be decoded, or
 * would cost too much, is told as failed and never as partly read.
 */
export class DecodedCopy {
  readonly #codings: readonly string[];
  readonly #onChunk: (chunk: Buffer) => void;
  #decoders: [Transform, ...Transform[]] | undefined;
  #bytes = 0;
  #isOver = false;
  #resolve: (() => void) | undefined;
  /** Whether the whole answer has been read. */
  isWhole = false;

  /** @param onChunk gets the decoded bytes in order */
  constructor(codings: readonly string[], onChunk: (chunk: Buffer) => void) {
    this.#codings = codings;
    this.#onChunk = onChunk;
  }

  /** @param chunk valid during the call */
  push(chunk: Buffer): void {
    if (this.#isOver || chunk.length === 0) return;
    this.#decoders ??= this.#open(chunk);
    const first = this.#decoders?.[0];
    if (!first || first.writableLength > WAITING_BYTES_MAX) this.stop();
    else first.write(Buffer.from(chunk));
  }

  /** Resolves when all of the answer has been read, or will not be. */
  end(): Promise<void> {
    if (this.#isOver || !this.#decoders) return Promise.resolve();
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#decoders![0].end();
    });
  }

  /** Gives up. */
  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const decoder of this.#decoders ?? []) decoder.destroy();
    this.#resolve?.();
  }

  #open(head: Buffer): [Transform, ...Transform[]] | undefined {
    const decoders = createDecoders(this.#codings, head);
    if (!decoders) return undefined;
    for (const [index, decoder] of decoders.entries()) {
      decoder.on('error', () => this.stop());
      if (index > 0) decoders[index - 1]!.pipe(decoder);
    }
    const last = decoders.at(-1)!;
    last.on('data', (chunk: Buffer) => this.#take(chunk));
    last.on('end', () => {
      this.isWhole = !this.#isOver;
      this.stop();
    });
    return decoders;
  }

  #take(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > DECODED_BYTES_MAX) this.stop();
    if (!this.#isOver) this.#onChunk(chunk);
  }
}
