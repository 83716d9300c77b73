/**
 * The rules of the prefix cache written a second time, as plainly as possible and with nothing
 * shared with the real one: a block is the string of every token up to its end, stores are arrays,
 * everything is searched linearly.
 */
export interface NaiveBlock {
  /** All tokens up to and including this block, the whole identity of a prefix block. */
  prefix: string;
  holders: number;
  pins: number;
  tokens: number;
}

export interface NaiveHold {
  tokens: number[];
  /** Findable blocks held, in prompt order. */
  blocks: NaiveBlock[];
  /** Blocks held that are not findable (yet). */
  anonymous: number;
  cachedBlocks: number;
  registered: number;
}

export class NaiveCache {
  /** Findable blocks nobody holds and nobody pinned, next to go first. */
  idle: NaiveBlock[] = [];
  /** Findable blocks in use or pinned. */
  busy: NaiveBlock[] = [];
  anonymous = 0;
  /** Prefixes in the order they were dropped. */
  dropped: string[] = [];

  readonly capacity: number;
  readonly size: number;
  readonly pinBudget: number;

  constructor(capacity: number, size: number, pinBudget: number) {
    this.capacity = capacity;
    this.size = size;
    this.pinBudget = pinBudget;
  }

  prefixes(tokens: readonly number[]): string[] {
    const result: string[] = [];
    for (let end = this.size; end <= tokens.length; end += this.size) {
      result.push(tokens.slice(0, end).join(','));
    }
    return result;
  }

  find(prefix: string): NaiveBlock | undefined {
    return [...this.idle, ...this.busy].find((block) => block.prefix === prefix);
  }

  hits(tokens: readonly number[]): NaiveBlock[] {
    const found: NaiveBlock[] = [];
    for (const prefix of this.prefixes(tokens)) {
      const block = this.find(prefix);
      if (!block) break;
      found.push(block);
    }
    return found;
  }

  free(): number {
    return this.capacity - this.idle.length - this.busy.length - this.anonymous;
  }

  makeBusy(block: NaiveBlock): void {
    if (!this.idle.includes(block)) return;
    this.idle = this.idle.filter((other) => other !== block);
    this.busy.push(block);
  }

  makeIdleIfUnused(block: NaiveBlock): void {
    if (block.holders > 0 || block.pins > 0) return;
    this.busy = this.busy.filter((other) => other !== block);
    this.idle.push(block);
  }

  dropOldest(): void {
    this.dropped.push(this.idle.shift()!.prefix);
  }

  /** One anonymous block, dropping the oldest idle one when there is no room. */
  takeOne(): void {
    if (this.free() === 0) this.dropOldest();
    this.anonymous++;
  }

  allocate(tokens: number[]): NaiveHold | undefined {
    const all = this.hits(tokens);
    // One token at least must be left to compute.
    while (all.length * this.size > tokens.length - 1 && all.length > 0) all.pop();
    const needed = Math.ceil(tokens.length / this.size) - all.length;
    const idleOthers = this.idle.filter((block) => !all.includes(block)).length;
    if (needed > this.free() + idleOthers) return undefined;
    for (const block of all) {
      this.makeBusy(block);
      block.holders++;
    }
    for (let count = 0; count < needed; count++) this.takeOne();
    return {
      tokens: [...tokens],
      blocks: all,
      anonymous: needed,
      cachedBlocks: all.length,
      registered: all.length,
    };
  }

  extend(hold: NaiveHold): boolean {
    const missing = Math.ceil(hold.tokens.length / this.size) - hold.blocks.length - hold.anonymous;
    if (missing <= 0) return true;
    if (missing > this.free() + this.idle.length) return false;
    for (let count = 0; count < missing; count++) this.takeOne();
    hold.anonymous += missing;
    return true;
  }

  commit(hold: NaiveHold, computed: number): void {
    const prefixes = this.prefixes(hold.tokens.slice(0, computed));
    for (const prefix of prefixes.slice(hold.registered)) {
      let block = this.find(prefix);
      if (block) this.makeBusy(block);
      else {
        block = { prefix, holders: 0, pins: 0, tokens: this.size };
        this.busy.push(block);
      }
      block.holders++;
      hold.blocks.push(block);
      hold.anonymous--;
      this.anonymous--;
      hold.registered++;
    }
  }

  release(hold: NaiveHold): void {
    this.anonymous -= hold.anonymous;
    hold.anonymous = 0;
    for (const block of [...hold.blocks].reverse()) {
      block.holders--;
      this.makeIdleIfUnused(block);
    }
    hold.blocks = [];
  }

  store(tokens: number[]): number {
    const held: NaiveBlock[] = [];
    for (const prefix of this.prefixes(tokens)) {
      let block = this.find(prefix);
      if (block) this.makeBusy(block);
      else {
        if (this.free() === 0 && this.idle.length === 0) break;
        if (this.free() === 0) this.dropOldest();
        block = { prefix, holders: 0, pins: 0, tokens: this.size };
        this.busy.push(block);
      }
      block.holders++;
      held.push(block);
    }
    for (const block of [...held].reverse()) {
      block.holders--;
      this.makeIdleIfUnused(block);
    }
    return held.length * this.size;
  }

  pin(tokens: number[]): NaiveBlock[] {
    const wanted = this.hits(tokens);
    const pinned = [...this.idle, ...this.busy].filter((block) => block.pins > 0);
    const all = new Set([...pinned, ...wanted]);
    if (all.size > Math.floor(this.pinBudget * this.capacity)) return [];
    for (const block of wanted) {
      this.makeBusy(block);
      block.pins++;
    }
    return wanted;
  }

  unpin(blocks: NaiveBlock[]): void {
    for (const block of [...blocks].reverse()) {
      block.pins--;
      this.makeIdleIfUnused(block);
    }
  }

  evict(tokens: number[]): number {
    const victims = this.hits(tokens).filter((block) => this.idle.includes(block));
    for (const block of victims.reverse()) this.drop(block);
    return victims.length * this.size;
  }

  clear(): number {
    const victims = [...this.idle];
    for (const block of victims) this.drop(block);
    return victims.length * this.size;
  }

  drop(block: NaiveBlock): void {
    this.idle = this.idle.filter((other) => other !== block);
    this.dropped.push(block.prefix);
  }
}
