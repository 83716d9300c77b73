import { BreakFinder } from './breaks/break-finder.ts';
import { BreakSum } from './breaks/break-sum.ts';
import type { PrefillCost } from './prefill-cost.ts';
import { promptsError } from './errors.ts';
import type { PromptsPart } from './part.ts';
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
  /** The part whose breaks are looked for; undefined: all. */
  part?: PromptsPart | undefined;
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
  if (file.kind === 'requests') return analyzeRequests(file, options);
  if (options.part) throw nothingToCut(options.source);
  return analyzeTrace(file, options);
}

async function analyzeRequests(
  { form, requests }: Extract<PromptFile, { kind: 'requests' }>,
  options: AnalyzeOptions,
): Promise<PromptsResult> {
  const { source, tokenizer, blockSize = BLOCK_SIZE, showsText, part } = options;
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
    const prompt = { structure, ids, reused };
    if (part?.has(request.number) === false) finder.remember(request, prompt);
    else breaks.add(finder.add(request, prompt));
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
    ...(part && { part: part.facts() }),
  };
}

function nothingToCut(where: string) {
  return promptsError('PROMPTS_INVALID', {
    message: 'What shards cut is the search for breaks, and a trace of ids tells nothing of those.',
    where,
    remedy: 'Analyze it in one process, without --shard.',
  });
}

/** Where a beginning ends that others share, for people. */
function endText(structure: PromptStructure, { textAt, ids }: PromptTokens, at: number): string {
  if (at === ids.length) return 'the end of the prompt';
  const found = textAt?.(at);
  if (found === undefined) return `token ${at}`;
  const { label, character } = placeIn(structure, found.turn, found.character);
  return character === null || character === 1 ? `the beginning of ${label}` : label;
}
