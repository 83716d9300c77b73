import type { ServerResponse } from 'node:http';
import type { Clock } from '../../base/clock.ts';
import { isHopByHop, lowerCaseName } from '../../protocol/headers.ts';
import type { EngineUsage } from '../listener/context.ts';
import type { Deadline, Deadlines } from '../listener/deadlines.ts';
import { contentCodings } from '../../net/content-coding.ts';
import { DecodedCopy } from './decoded-copy.ts';
import type { ResponseHead } from './response-headers.ts';
import { UsageScanner } from './usage-scanner.ts';

export interface RelayOptions {
  response: ServerResponse;
  clock: Clock;
  deadlines: Deadlines;
  /** A client that takes nothing for this long is cut off; 0 = never. */
  stallTimeoutMs: number;
  /** The client made room again. */
  onDrain: () => void;
  /** The answer is whole; its last bytes leave right after this. */
  onComplete: () => void;
  /** The gap between two chunks of a stream, ms. */
  onGap: ((gapMs: number) => void) | undefined;
}

/** Fields a trailer section must not carry (RFC 9110 §6.5.1). */
const NO_TRAILER: ReadonlySet<string> = new Set([
  'authorization',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'host',
  'set-cookie',
]);

/** Larger chunks are cheaper in pieces than put together as text. */
const FRAMED_BYTES_MAX = 16 * 1024;

/** Passes one answer on to the client as it comes. */
export class Relay {
  readonly #options: RelayOptions;
  readonly #usage: UsageScanner;
  /** Undefined for an answer that is plain. */
  readonly #copy: DecodedCopy | undefined;
  #settled: Promise<void> | undefined;
  readonly #contentLength: number | undefined;
  readonly #isStream: boolean;
  #lastChunkMs: number | undefined;
  #firstByteMs: number | undefined;
  #stall: Deadline | undefined;
  #isWaiting = false;
  /** A body that came in one piece; leaves with the end. */
  #whole: string | undefined;

  /** The head leaves with the first chunk, or with the end of an answer that has none. */
  constructor(head: ResponseHead, options: RelayOptions) {
    const { response } = options;
    this.#options = options;
    this.#contentLength = head.contentLength;
    this.#isStream = head.contentType.startsWith('text/event-stream');
    const usage = new UsageScanner();
    this.#usage = usage;
    const codings = contentCodings(head.contentEncoding);
    if (codings.length > 0) this.#copy = new DecodedCopy(codings, (chunk) => usage.push(chunk));
    response.writeHead(head.status, head.headers);
  }

  /** First byte of the body, monotonic ms. */
  get firstByteMs(): number | undefined {
    return this.#firstByteMs;
  }

  /** As the engine reported it; of a compressed answer not before `settle` resolves. */
  get usage(): EngineUsage | undefined {
    return this.#copy?.isWhole === false ? undefined : this.#usage.usage;
  }

  /** Resolves when the usage is known, or known to stay unknown; undefined when it is already. */
  settle(): Promise<void> | undefined {
    // An answer that was given up has no end to wait for.
    if (!this.#settled) this.#copy?.stop();
    return this.#settled;
  }

  get isStream(): boolean {
    return this.#isStream;
  }

  /** @param chunk valid during the call. Returns false when the client is slower than the engine; `onDrain` says when to go on. */
  write(chunk: Buffer): boolean {
    const nowMs = this.#options.clock.nowMs();
    this.#firstByteMs ??= nowMs;
    if (this.#isStream && this.#lastChunkMs !== undefined) {
      this.#options.onGap?.(nowMs - this.#lastChunkMs);
    }
    this.#lastChunkMs = nowMs;
    (this.#copy ?? this.#usage).push(chunk);
    if (this.#options.response.destroyed) return true;
    if (chunk.length === this.#contentLength) {
      // Node joins head and body into one write where both are text; Latin-1 keeps every byte.
      this.#whole = chunk.toString('latin1');
      return true;
    }
    if (this.#send(chunk)) return true;
    this.#waitForClient();
    return false;
  }

  #send(chunk: Buffer): boolean {
    const { response } = this.#options;
    if (!response.chunkedEncoding || chunk.length === 0 || chunk.length > FRAMED_BYTES_MAX) {
      return response.write(Buffer.from(chunk));
    }
    // Node writes a chunk in four pieces, which costs most of what passing on a token costs.
    response.chunkedEncoding = false;
    const size = chunk.length.toString(16);
    const hasRoom = response.write(`${size}\r\n${chunk.toString('latin1')}\r\n`, 'latin1');
    response.chunkedEncoding = true;
    return hasRoom;
  }

  end(rawTrailers: readonly string[]): void {
    const { response } = this.#options;
    this.#stopWaiting();
    this.#settled = this.#copy?.end();
    if (response.writableEnded) return;
    const trailers = forwardable(rawTrailers);
    if (trailers.length > 0 && this.#contentLength === undefined) response.addTrailers(trailers);
    this.#options.onComplete();
    if (this.#whole === undefined) response.end();
    else response.end(this.#whole, 'latin1');
  }

  /** Ends without a proper end: the client gets what there is, and must see that it is not whole. */
  cut(): void {
    const { response } = this.#options;
    if (this.#isWaiting || !response.socket) response.destroy();
    // What was written in this turn has not left yet.
    else response.socket.destroySoon();
    this.#stopWaiting();
  }

  #waitForClient(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    const { response, deadlines, stallTimeoutMs, onDrain } = this.#options;
    if (stallTimeoutMs > 0) this.#stall = deadlines.add(stallTimeoutMs, () => response.destroy());
    response.once('drain', () => {
      this.#stopWaiting();
      onDrain();
    });
  }

  #stopWaiting(): void {
    this.#isWaiting = false;
    if (this.#stall) this.#options.deadlines.remove(this.#stall);
    this.#stall = undefined;
  }
}

function forwardable(raw: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let index = 0; index < raw.length; index += 2) {
    const name = lowerCaseName(raw[index]!);
    if (!isHopByHop(name) && !NO_TRAILER.has(name)) pairs.push([raw[index]!, raw[index + 1]!]);
  }
  return pairs;
}
