import { lowerCaseName } from '../protocol/headers.ts';

const BODY_BYTES_MAX = 1024 * 1024;

/** What was answered, for people to look at. */
export class KeptAnswer {
  /** By name in lower case; a header that came several times is joined by commas. */
  readonly headers: Record<string, string> = {};
  /** Output of all kinds, joined. */
  text = '';
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  takeHead(rawHeaders: readonly string[]): void {
    for (let index = 0; index < rawHeaders.length; index += 2) {
      const name = lowerCaseName(rawHeaders[index]!);
      const value = rawHeaders[index + 1]!;
      this.headers[name] = name in this.headers ? `${this.headers[name]}, ${value}` : value;
    }
  }

  /** Copies it: the memory behind the chunk is read into again. */
  takeBytes(chunk: Buffer): void {
    const room = BODY_BYTES_MAX - this.#bytes;
    if (room <= 0) return;
    this.#chunks.push(Buffer.from(chunk.subarray(0, room)));
    this.#bytes += Math.min(chunk.length, room);
  }

  /** As received, at most 1 MiB of it: a JSON document, or the text of an event stream. */
  get body(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}
