import type { HashedRow } from '../traces/trace.ts';
import type { PromptFile } from './read/read-prompts.ts';
import type { PromptsResult } from './result.ts';
import { beginningsOf } from './beginnings.ts';
import { promptsError } from './errors.ts';
import { Growth } from './reuse/growth.ts';
import { Reuse } from './reuse/reuse.ts';

/** The same for a trace of ids: what is shared is known to the block, what breaks it is not. */
export function analyzeTrace(
  { form, rows, idTokens: { tokens: unit } }: Extract<PromptFile, { kind: 'trace' }>,
  { source, blockSize = unit }: { source: string; blockSize: number | undefined },
): PromptsResult {
  if (blockSize % unit !== 0) throw notMultiple(blockSize, unit, source);
  const reuse = new Reuse({ unit, blockSize });
  const growth = new Growth();
  for (const row of rows) {
    const { inputTokens } = row.prompt;
    growth.add(inputTokens, row.session);
    reuse.add(fullIds(row, unit), inputTokens, { root: '', labelAt: (at) => `token ${at * unit}` });
  }
  return {
    source,
    form,
    tokenizer: { name: 'as the trace says', isEstimated: false },
    requests: rows.length,
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
function fullIds({ prompt: { ids, inputTokens } }: HashedRow, unit: number): Uint32Array {
  return Uint32Array.from(ids.slice(0, Math.floor(inputTokens / unit)));
}

function notMultiple(blockSize: number, unit: number, where: string) {
  return promptsError('PROMPTS_INVALID', {
    message: `The trace tells what is shared to ${unit} tokens; blocks of ${blockSize} are not known.`,
    where,
    remedy: `Take a --block-size that is a multiple of ${unit}.`,
  });
}
