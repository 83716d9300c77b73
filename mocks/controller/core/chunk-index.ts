import { HashIndex } from '../../kv/hash-index.ts';

/** Where a chunk lies. */
export interface Holder {
  instanceId: string;
  location: string;
}

const SHARED = -2;

/**
 * Chunk hash → holders, in order of admission. A chunk with one holder, the usual case, is one
 * cell of a typed-array table; only chunks held more than once have a list.
 */
export class ChunkIndex {
  readonly #index = new HashIndex();
  readonly #holders: Holder[] = [];
  readonly #holderIds = new Map<string, number>();
  readonly #chunkCounts: number[] = [];
  readonly #lists: number[][] = [];
  readonly #freeLists: number[] = [];

  /** Distinct chunks. */
  get chunks(): number {
    return this.#index.size;
  }

  /** Bytes of the table; lists of shared chunks come on top. */
  get bytes(): number {
    return this.#index.bytes;
  }

  /** Every holder that ever was, with the chunks it has now. */
  counts(): { holder: Holder; chunks: number }[] {
    return this.#holders.map((holder, id) => ({ holder, chunks: this.#chunkCounts[id]! }));
  }

  admit(holder: Holder, hash: number): void {
    const id = this.#idOf(holder);
    const cell = this.#index.get(hash);
    if (cell === -1) this.#index.set(hash, id);
    else if (cell >= 0) {
      if (cell === id) return;
      this.#index.set(hash, SHARED - this.#newList([cell, id]));
    } else {
      const list = this.#lists[SHARED - cell]!;
      if (list.includes(id)) return;
      list.push(id);
    }
    this.#chunkCounts[id]!++;
  }

  evict(holder: Holder, hash: number): void {
    const id = this.#idOf(holder);
    const cell = this.#index.get(hash);
    if (cell === -1 || (cell >= 0 && cell !== id)) return;
    if (cell === id) this.#index.delete(hash);
    else if (!this.#removeFromList(hash, SHARED - cell, id)) return;
    this.#chunkCounts[id]!--;
  }

  /** Forgets the holder's chunks; without `location`, those at every location of the instance. */
  evictAll(instanceId: string, location?: string): void {
    for (const holder of this.#holders) {
      if (holder.instanceId !== instanceId) continue;
      if (location !== undefined && holder.location !== location) continue;
      const hashes: number[] = [];
      const id = this.#idOf(holder);
      this.#index.forEach((hash, cell) => {
        if (cell === id || (cell <= SHARED && this.#lists[SHARED - cell]!.includes(id))) {
          hashes.push(hash);
        }
      });
      for (const hash of hashes) this.evict(holder, hash);
    }
  }

  clear(): void {
    this.#index.clear();
    this.#lists.length = 0;
    this.#freeLists.length = 0;
    this.#chunkCounts.fill(0);
  }

  /** The first admitted holder of the chunk, without allocating; undefined when no one has it. */
  firstHolder(hash: number): Holder | undefined {
    const cell = this.#index.get(hash);
    if (cell === -1) return undefined;
    return this.#holders[cell >= 0 ? cell : this.#lists[SHARED - cell]![0]!];
  }

  /** All holders of the chunk, in order of admission. */
  holders(hash: number): Holder[] {
    const cell = this.#index.get(hash);
    if (cell === -1) return [];
    if (cell >= 0) return [this.#holders[cell]!];
    return this.#lists[SHARED - cell]!.map((id) => this.#holders[id]!);
  }

  #idOf(holder: Holder): number {
    const name = `${holder.instanceId}\0${holder.location}`;
    let id = this.#holderIds.get(name);
    if (id === undefined) {
      id = this.#holders.length;
      this.#holders.push({ instanceId: holder.instanceId, location: holder.location });
      this.#holderIds.set(name, id);
      this.#chunkCounts.push(0);
    }
    return id;
  }

  #newList(ids: number[]): number {
    const listId = this.#freeLists.pop() ?? this.#lists.length;
    this.#lists[listId] = ids;
    return listId;
  }

  #removeFromList(hash: number, listId: number, id: number): boolean {
    const list = this.#lists[listId]!;
    const at = list.indexOf(id);
    if (at < 0) return false;
    list.splice(at, 1);
    if (list.length === 1) {
      this.#index.set(hash, list[0]!);
      this.#freeLists.push(listId);
    }
    return true;
  }
}
