/** One part of what several processes do together. */
export interface Shard {
  /** From 0. */
  index: number;
  of: number;
}

/** Engines number the tasks of a job in four digits and more; nothing is cut finer than this. */
export const SHARDS_MAX = 10_000;

/** As flags and messages have it: `0/4`. */
export function shardName({ index, of }: Shard): string {
  return `${index}/${of}`;
}

/** Undefined for a text that names no part: `0/4` to `3/4` are the four parts of four. */
export function parseShard(text: string): Shard | undefined {
  const [, index, of] = /^(\d{1,5})\/(\d{1,5})$/.exec(text.trim()) ?? [];
  const shard = { index: Number(index), of: Number(of) };
  return shard.index < shard.of && shard.of <= SHARDS_MAX ? shard : undefined;
}

/** The shard's part of what is divided among all: they differ by one at most, and add up to `total`. */
export function partOf(total: number, { index, of }: Shard): number {
  return Math.floor(total / of) + (index < total % of ? 1 : 0);
}
