import { BreakFinder } from './breaks/break-finder.ts';
import { BreakSum } from './breaks/break-sum.ts';
import type { PrefillCost } from './prefill-cost.ts';
import type { PromptFile } from './read/read-prompts.ts';
import type { PromptsResult } from './result.ts';
import { Growth } from './reuse/growth.ts';
import { Reuse } from './reuse/reuse.ts';
import { placeIn } from './structure/place.ts';
import { rootKey } from './structure/root.ts';
import type { PromptStructure } from './structure/structure.ts';
import { tokenized } from './tokenized.ts';
import type { PromptTokens, PromptTokenizer } from './tokens/tokenizer.ts';
import { analyzeTrace } from './analyze-trace.ts';
import { beginningsOf } from './beginnings.ts';

export interface AnalyzeOptions {
  /** How reports name the file. */
  source: string;
  tokenizer: PromptTokenizer;
  /** Of the curve; undefined: 16, or what an id of a trace stands for. */
  blockSize: number | undefined;
  /** Quote prompts as they are; else masked. */
  showsText: boolean;
  /** Of what is lost; undefined where nobody asked. */
  cost?: PrefillCost | undefined;
  signal: AbortSignal;
}

const BLOCK_SIZE = 16;
/**
 * What the prompts of a file could reuse, and what they lose and why. One pass; memory grows with what is
 * distinct in the prompts, not with the file.
 * @throws KvcacheError of the reader or the tokenizer; what aborts the signal
 */
export async function analyzePrompts(
  file: PromptFile,
  options: AnalyzeOptions,
): Promise<PromptsResult> {
  return file.kind === 'trace' ? analyzeTrace(file, options) : analyzeRequests(file, options);
}

async function analyzeRequests(
  { form, requests }: Extract<PromptFile, { kind: 'requests' }>,
  options: AnalyzeOptions,
): Promise<PromptsResult> {
  const { source, tokenizer, blockSize = BLOCK_SIZE, showsText } = options;
  const reuse = new Reuse({ unit: 1, blockSize });
  const finder = new BreakFinder(showsText);
  const breaks = new BreakSum(options.cost);
  const growth = new Growth();
  let count = 0;
  for await (const { request, structure, tokens } of tokenized(requests, options)) {
    const { ids } = tokens;
    count++;
    growth.add(ids.length, request.session);
    const reused = reuse.add(ids, ids.length, {
      root: rootKey(structure.root),
      labelAt: (at) => endText(structure, tokens, at),
    });
    const found = finder.add(request, { structure, ids, reused });
    if (found) breaks.add(found);
  }
  return {
    source,
    form,
    tokenizer: { name: tokenizer.name, isEstimated: tokenizer.isEstimated },
    requests: count,
    promptTokens: reuse.promptTokens,
    lengths: growth.lengths(),
    sessions: growth.sessions(),
    reuse: reuse.shares(),
    curve: reuse.curve(),
    beginnings: beginningsOf(reuse),
    breaks: breaks.figures(reuse.promptTokens, finder.forgot),
  };
}

/** Where a beginning ends that others share, for people. */
function endText(structure: PromptStructure, { textAt, ids }: PromptTokens, at: number): string {
  if (at === ids.length) return 'the end of the prompt';
  const found = textAt?.(at);
  if (found === undefined) return `token ${at}`;
  const { label, character } = placeIn(structure, found.turn, found.character);
  return character === null || character === 1 ? `the beginning of ${label}` : label;
}
