import { createHash } from 'node:crypto';
import type { Shard } from '../base/shard.ts';
import type { PromptSource } from './read/source.ts';
import type { AnalysisPart } from './result.ts';

/**
 * One part of an analysis. All parts read the whole file, since what a prompt can reuse hangs on all before it; the search for
 * what breaks it, most of the work, is cut: each looks at every n-th request.
 */
export class PromptsPart {
  readonly #shard: Shard;
  readonly #print = createHash('sha256');

  /** @param settings plain data that decides what an analysis comes to, besides the file */
  constructor(shard: Shard, settings: object) {
    this.#shard = shard;
    this.#print.update(JSON.stringify(settings));
  }

  /** The source, of which the part's print is taken as it is read. */
  seeing({ path, chunks }: PromptSource): PromptSource {
    return { path, chunks: this.#printed(chunks) };
  }

  /** @param number of a request, from 1 */
  has(number: number): boolean {
    return (number - 1) % this.#shard.of === this.#shard.index;
  }

  /** Once the source is at its end. */
  facts(): AnalysisPart {
    const { index: shard, of } = this.#shard;
    return { shard, of, print: this.#print.digest('hex').slice(0, 32) };
  }

  async *#printed(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      this.#print.update(chunk);
      yield chunk;
    }
  }
}
