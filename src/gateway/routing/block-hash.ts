import { hash32 } from '../../base/random.ts';
import type { PromptView } from '../../protocol/openai.ts';

/** A prompt as a chain of block hashes, 64 bits each; block k's hash covers blocks 0 to k. */
export interface BlockChain {
  readonly low: Uint32Array;
  readonly high: Uint32Array;
  readonly count: number;
  /** Length of the whole prompt, blocks and rest. */
  readonly promptBytes: number;
}

/** Where a block's size in tokens comes from: English text and most code are about that long. */
export const BYTES_PER_TOKEN = 4;
/** Longer prompts are compared by their first blocks only. */
const BLOCKS_MAX = 8_192;

let scratch = new ArrayBuffer(64 * 1024);

/**
 * Hashes the full blocks of a prompt's bytes as they stand in the request, `blockTokens` × 4 bytes
 * each. The chain starts from everything beside the prompt (model, tools, template settings), so that
 * equal texts under different templates do not match. A chat's bytes end with its last message:
 * the next turn of the same chat then starts with the same blocks.
 */
export function hashBlocks(view: PromptView, blockTokens: number): BlockChain {
  const { start } = view.promptSpan;
  const end = endOfPrompt(view);
  const blockBytes = blockTokens * BYTES_PER_TOKEN;
  const count = Math.min(Math.floor((end - start) / blockBytes), BLOCKS_MAX);
  const words = alignedWords(view.body, start, count * blockBytes);
  const low = new Uint32Array(count);
  const high = new Uint32Array(count);
  let lowHash = hash32(view.frameKey, 1) | 0;
  let highHash = hash32(view.frameKey, 2) | 0;
  const wordsPerBlock = blockBytes / 4;
  for (let block = 0, at = 0; block < count; block++) {
    for (const stop = at + wordsPerBlock; at < stop; at++) {
      const word = words[at]!;
      lowHash = Math.imul(lowHash ^ word, 0x9e3779b1);
      lowHash ^= lowHash >>> 15;
      highHash = Math.imul(highHash + word, 0x85ebca77);
      highHash ^= highHash >>> 13;
    }
    low[block] = lowHash;
    high[block] = highHash;
  }
  return { low, high, count, promptBytes: end - start };
}

/** Before the closing bracket or quote, which the next turn of a chat has elsewhere. */
function endOfPrompt({ body, promptSpan }: PromptView): number {
  let end = promptSpan.end - 1;
  while (end > promptSpan.start && body[end - 1]! <= 0x20) end--;
  return end;
}

/** A copy of the bytes as 32-bit words, valid until the next call. */
function alignedWords(body: Buffer, start: number, bytes: number): Int32Array {
  if (scratch.byteLength < bytes) scratch = new ArrayBuffer(2 ** Math.ceil(Math.log2(bytes)));
  body.copy(new Uint8Array(scratch), 0, start, start + bytes);
  return new Int32Array(scratch, 0, bytes / 4);
}
