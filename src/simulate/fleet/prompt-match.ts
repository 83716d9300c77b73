import { ABSENT, type HolderIndex, SEEN } from './holder-index.ts';

/** A prompt as a list of block hashes. */
export interface HashList {
  readonly count: number;
  readonly hashAt: (index: number) => number;
}

/** What is known of a prompt's leading blocks. */
export interface PromptMatch {
  /** Leading blocks that some prompt had before. */
  seenBlocks: number;
  /** Leading blocks that some engine stored at some time. */
  storedBlocks: number;
  /** Engines with at least the first block; how many leading ones each has stands at the same place of `blocks`. */
  engines: number[];
  blocks: number[];
}

/**
 * Matches where whoever has a block has all before it, as every store of an engine does, which loses tails before
 * heads: then who holds the blocks can only become fewer along a prompt, and only where it does must be looked for.
 */
export function matchClosed(index: HolderIndex, { count, hashAt }: HashList): PromptMatch {
  const cellAt = (block: number): number => index.cellOf(hashAt(block));
  const seenBlocks = leading(count, (block) => cellAt(block) !== ABSENT);
  const storedBlocks = leading(seenBlocks, (block) => cellAt(block) !== SEEN);
  const match: PromptMatch = { seenBlocks, storedBlocks, engines: [], blocks: [] };
  const part = (low: number, lowCell: number, high: number, highCell: number): void => {
    if (index.areSame(lowCell, highCell)) return;
    if (high - low === 1) {
      for (let word = 0; word < index.words; word++) {
        const dropped = index.holdersIn(lowCell, word) & ~index.holdersIn(highCell, word);
        noteDropped(dropped, { word, block: high }, match);
      }
      return;
    }
    const middle = (low + high) >> 1;
    const cell = cellAt(middle);
    part(low, lowCell, middle, cell);
    part(middle, cell, high, highCell);
  };
  if (storedBlocks > 0) part(0, cellAt(0), storedBlocks, ABSENT);
  return match;
}

/** How many of the first `count` blocks are so, those that are standing before those that are not. */
function leading(count: number, isSo: (block: number) => boolean): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isSo(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The same where blocks may be missing in between, as in what is heard when events are lost: block by block. */
export function matchScattered(index: HolderIndex, { count, hashAt }: HashList): PromptMatch {
  const match: PromptMatch = { seenBlocks: 0, storedBlocks: 0, engines: [], blocks: [] };
  const alive = new Uint32Array(index.words).fill(0xffff_ffff);
  for (let block = 0; block <= count; block++) {
    const cell = block === count ? ABSENT : index.cellOf(hashAt(block));
    for (let word = 0; word < alive.length; word++) {
      const before = alive[word]!;
      const after = before & index.holdersIn(cell, word);
      if (block > 0) noteDropped(before & ~after, { word, block }, match);
      alive[word] = after;
    }
    if (cell === ABSENT) break;
    match.seenBlocks = block + 1;
    if (cell !== SEEN && match.storedBlocks === block) match.storedBlocks = block + 1;
  }
  return match;
}

function noteDropped(
  dropped: number,
  { word, block }: { word: number; block: number },
  { engines, blocks }: PromptMatch,
): void {
  for (let bits = dropped; bits !== 0;) {
    const bit = 31 - Math.clz32(bits);
    engines.push(word * 32 + bit);
    blocks.push(block);
    bits &= ~(1 << bit);
  }
}
