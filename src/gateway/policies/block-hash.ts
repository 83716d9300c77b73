import { hash32 } from '../../base/random.ts';
import type { PromptView } from '../../protocol/openai.ts';
import { type PromptPart, promptParts } from './prompt-parts.ts';

/** A prompt as a chain of block hashes, 64 bits each; block k's hash covers blocks 0 to k. */
export interface BlockChain {
  readonly low: Uint32Array;
  readonly high: Uint32Array;
  readonly count: number;
  /** Length of the whole prompt, blocks and rest; of token ids, four bytes each. */
  readonly promptBytes: number;
  /** Number of tokens, where the prompt came as token ids. */
  readonly promptTokens: number | undefined;
  /** Equal for equal prompts, the rest behind the last block included. */
  readonly id: string;
  /** Where it was recorded last, kept up by the index. */
  recorded: { generation: object; endpoints: Set<number> } | undefined;
}

/** Where a block's size in tokens comes from: English text and most code are about that long. */
export const BYTES_PER_TOKEN = 4;
/** Longer prompts are compared by their first blocks only. */
const BLOCKS_MAX = 8_192;
const WORD_BYTES = 4;

let scratch = new ArrayBuffer(64 * 1024);

/**
 * Hashes the full blocks of a prompt, `blockTokens` × 4 bytes each: its bytes as they stand in the
 * request, tools and system text first, or its token ids. The chain starts from what decides all
 * tokens from the first on (model, template settings, cache salt), so that equal texts
 * under different ones do not match.
 */
export function hashBlocks(view: PromptView, blockTokens: number): BlockChain {
  return hashWords(wordsOf(view, blockTokens * BLOCKS_MAX), view.rootKey, blockTokens);
}

/** The same of a prompt that is at hand as words of four bytes. */
export function hashWords(
  { words, promptBytes, promptTokens }: PromptWords,
  rootKey: string,
  blockTokens: number,
): BlockChain {
  const wordsPerBlock = (blockTokens * BYTES_PER_TOKEN) / WORD_BYTES;
  const count = Math.min(Math.floor(promptBytes / WORD_BYTES / wordsPerBlock), BLOCKS_MAX);
  const low = new Uint32Array(count);
  const high = new Uint32Array(count);
  let lowHash = hash32(rootKey, 1) | 0;
  let highHash = hash32(rootKey, 2) | 0;
  let at = 0;
  // The rest behind the last block counts as one more, which only the id knows.
  for (let block = 0; block <= count; block++) {
    const stop = block < count ? at + wordsPerBlock : words.length;
    for (; at < stop; at++) {
      const word = words[at]!;
      lowHash = Math.imul(lowHash ^ word, 0x9e3779b1);
      lowHash ^= lowHash >>> 15;
      highHash = Math.imul(highHash + word, 0x85ebca77);
      highHash ^= highHash >>> 13;
    }
    if (block === count) break;
    low[block] = lowHash;
    high[block] = highHash;
  }
  return {
    low,
    high,
    count,
    promptBytes,
    promptTokens,
    id: `${lowHash},${highHash},${promptBytes}`,
    recorded: undefined,
  };
}

export interface PromptWords {
  /** Valid until the next call. Those behind the last block that is compared may be left out. */
  words: Int32Array;
  promptBytes: number;
  promptTokens: number | undefined;
}

/** Token ids count as what they are, however they are written down. */
function wordsOf(view: PromptView, wordsMax: number): PromptWords {
  const { tokenIds } = view;
  if (!tokenIds) return wordsOfText(view.body, promptParts(view), wordsMax);
  const ids = tokenIds.flat();
  return {
    words: Int32Array.from(ids.slice(0, wordsMax)),
    promptBytes: ids.length * WORD_BYTES,
    promptTokens: ids.length,
  };
}

/** A copy of the parts one behind the other, the last word filled up with zeros. */
function wordsOfText(body: Buffer, parts: readonly PromptPart[], wordsMax: number): PromptWords {
  const promptBytes = parts.reduce((sum, { start, end }) => sum + end - start, 0);
  const copied = Math.min(promptBytes, wordsMax * WORD_BYTES);
  const padded = Math.ceil(copied / WORD_BYTES) * WORD_BYTES;
  if (scratch.byteLength < padded) scratch = new ArrayBuffer(2 ** Math.ceil(Math.log2(padded)));
  const bytes = new Uint8Array(scratch, 0, padded);
  let at = 0;
  for (const { start, end } of parts) at += body.copy(bytes, at, start, end);
  bytes.fill(0, copied);
  return {
    words: new Int32Array(scratch, 0, padded / WORD_BYTES),
    promptBytes,
    promptTokens: undefined,
  };
}
