/** What one gateway tells others: these blocks of a prompt went to this endpoint. */
export interface MemoryNote {
  /** Name of the cluster. */
  cluster: string;
  /** Id and address of the endpoint, as the memory knows it. */
  endpoint: string;
  /** Of the index; blocks of another size mean nothing to it. */
  blockTokens: number;
  /** Halves of the blocks' chained hashes, from the first block on; see `BlockChain`. */
  low: Uint32Array;
  high: Uint32Array;
}

/** As many as a chain has at most. */
const BLOCKS_MAX = 8_192;
const NAME_BYTES_MAX = 1_024;
/** Lengths of the two names, tokens and number of blocks. */
const HEAD_BYTES = 12;
const WORD_BYTES = 4;

/** Little endian: four numbers, two names, all low halves, all high halves. */
export function encodeNote({ cluster, endpoint, blockTokens, low, high }: MemoryNote): Buffer {
  const names = [Buffer.from(cluster), Buffer.from(endpoint)];
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt16LE(names[0]!.length, 0);
  head.writeUInt16LE(names[1]!.length, 2);
  head.writeUInt32LE(blockTokens, 4);
  head.writeUInt32LE(low.length, 8);
  return Buffer.concat([head, ...names, wordsOf(low), wordsOf(high)]);
}

/** Undefined for what is no note: the store may hold anything. */
export function decodeNote(bytes: Buffer): MemoryNote | undefined {
  if (bytes.length < HEAD_BYTES) return undefined;
  const lengths = [bytes.readUInt16LE(0), bytes.readUInt16LE(2)] as const;
  const [blockTokens, count] = [bytes.readUInt32LE(4), bytes.readUInt32LE(8)];
  if (Math.max(...lengths) > NAME_BYTES_MAX || count > BLOCKS_MAX || count === 0) return undefined;
  const wordsAt = HEAD_BYTES + lengths[0] + lengths[1];
  if (bytes.length !== wordsAt + 2 * count * WORD_BYTES) return undefined;
  const endpointAt = HEAD_BYTES + lengths[0];
  return {
    cluster: bytes.toString('utf8', HEAD_BYTES, endpointAt),
    endpoint: bytes.toString('utf8', endpointAt, wordsAt),
    blockTokens,
    low: readWords(bytes, wordsAt, count),
    high: readWords(bytes, wordsAt + count * WORD_BYTES, count),
  };
}

function wordsOf(words: Uint32Array): Buffer {
  const bytes = Buffer.alloc(words.length * WORD_BYTES);
  for (let at = 0; at < words.length; at++) bytes.writeUInt32LE(words[at]!, at * WORD_BYTES);
  return bytes;
}

function readWords(bytes: Buffer, from: number, count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, at) => bytes.readUInt32LE(from + at * WORD_BYTES));
}
