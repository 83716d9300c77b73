import type { HashedRow } from '../traces/trace.ts';
import type { PromptFile } from './read/read-prompts.ts';
import type { PromptsResult } from './result.ts';
import { beginningsOf } from './beginnings.ts';
import { promptsError } from './errors.ts';
import { Growth } from './reuse/growth.ts';
import { Reuse } from './reuse/reuse.ts';

export interface TraceOptions {
  /** How reports name the file. */
  source: string;
  /** Of the curve; undefined: what an id stands for. */
  blockSize: number | undefined;
  signal: AbortSignal;
  /** Distinct ids that are counted one by one; the rest is estimated. */
  countedIdsMax?: number;
}

/** Some 300 MB. */
export const COUNTED_IDS_MAX = 20_000_000;

/** The same for a trace of ids: what is shared is known to the block, what breaks it is not. */
export async function analyzeTrace(
  { form, rows, idTokens: unit }: Extract<PromptFile, { kind: 'trace' }>,
  { source, blockSize = unit, signal, countedIdsMax = COUNTED_IDS_MAX }: TraceOptions,
): Promise<PromptsResult> {
  if (blockSize % unit !== 0) throw notMultiple(blockSize, unit, source);
  const reuse = new Reuse({ unit, blockSize, isTrace: true, symbolsMax: countedIdsMax });
  const growth = new Growth();
  let requests = 0;
  for await (const row of rows) {
    signal.throwIfAborted();
    const { inputTokens } = row.prompt;
    requests++;
    growth.add(inputTokens, row.session);
    reuse.add(fullIds(row, unit), inputTokens, { root: '', labelAt: (at) => `token ${at * unit}` });
  }
  return {
    source,
    form,
    tokenizer: { name: 'as the trace says', isEstimated: false },
    requests,
    promptTokens: reuse.promptTokens,
    lengths: growth.lengths(),
    sessions: growth.sessions(),
    reuse: reuse.shares(),
    curve: reuse.curve(),
    beginnings: beginningsOf(reuse),
    breaks: null,
  };
}

/** Ids of whole blocks: an id for what is left over at the end stands for no block that could be cached. */
function fullIds({ prompt: { ids, inputTokens } }: HashedRow, unit: number): Float64Array {
  return Float64Array.from(ids.slice(0, Math.floor(inputTokens / unit)));
}

function notMultiple(blockSize: number, unit: number, where: string) {
  return promptsError('PROMPTS_INVALID', {
    message: `The trace tells what is shared to ${unit} tokens; blocks of ${blockSize} are not known.`,
    where,
    remedy: `Take a --block-size that is a multiple of ${unit}.`,
  });
}
