/** Full blocks became findable. Hashes are internal 53-bit identities, parents first. */
export interface StoredEvent {
  type: 'stored';
  hashes: number[];
  /** Hash of the block before the first one; null at the start of a prompt. */
  parentHash: number | null;
  /** Tokens of all the blocks, in order. */
  tokens: number[];
  blockSize: number;
  /** Of the request, where it had them. */
  loraName?: string;
  cacheSalt?: string;
}

export interface RemovedEvent {
  type: 'removed';
  hashes: number[];
}

export interface ClearedEvent {
  type: 'cleared';
}

/** What a prefix cache tells the world; vLLM's BlockStored, BlockRemoved and AllBlocksCleared. */
export type CacheEvent = StoredEvent | RemovedEvent | ClearedEvent;
