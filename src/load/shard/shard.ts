/** One part of a plan that several processes send together. */
export interface Shard {
  /** From 0. */
  index: number;
  of: number;
}

/** Engines number a job's tasks in four digits and more; a plan is not cut finer than this. */
const SHARDS_MAX = 10_000;

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
