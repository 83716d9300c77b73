import { repeatedTokens, sharedTokens } from './breaks/anchors.ts';
import { breakRecord } from './breaks/break-record.ts';
import { changeBetween } from './breaks/change.ts';
import { explain } from './breaks/prompt-break.ts';
import type { PrefillCost } from './prefill-cost.ts';
import type { BreakRecord } from './result.ts';
import type { TokenizedPrompt } from './tokenized.ts';

/** How one prompt begins in comparison with another. */
export interface PromptDifference {
  /** Tokens of each, and those with which both begin. */
  tokensBefore: number;
  tokensAfter: number;
  sharedTokens: number;
  /** Tokens behind the first difference that both have all the same: what the change costs. */
  lostTokens: number;
  /** What they cost an idle engine in time; absent without a profile. */
  lostMs?: number;
  /** The profile was not calibrated on prompts of such lengths. */
  isBeyond?: true;
  /** Null where one begins with the whole other. */
  change: BreakRecord | null;
}

/** What a change of a prompt costs whoever has the earlier one cached. */
export function diffPrompts(
  before: TokenizedPrompt,
  after: TokenizedPrompt,
  { showsText, cost }: { showsText: boolean; cost?: PrefillCost | undefined },
): PromptDifference {
  const [a, b] = [before.tokens.ids, after.tokens.ids];
  const change = changeBetween(before.structure, after.structure);
  const shared = change?.turn === -1 ? 0 : sharedTokens(a, b);
  const lostTokens = repeatedTokens(a, b, shared);
  const sizes = {
    tokensBefore: a.length,
    tokensAfter: b.length,
    sharedTokens: shared,
    lostTokens,
    ...timeOf(cost, { tokens: b.length, from: shared, lost: lostTokens }),
  };
  const isOnward = change?.turn !== -1 && (!change?.was || !change.is);
  if (change === undefined || isOnward) return { ...sizes, change: null };
  const found = {
    ...explain(change, showsText),
    request: after.request,
    continues: before.request,
    tokens: b.length,
    firstToken: shared,
    lostTokens,
  };
  return { ...sizes, change: breakRecord(found, sizes.lostMs) };
}

function timeOf(
  cost: PrefillCost | undefined,
  prompt: Parameters<PrefillCost['lostMs']>[0],
): Pick<PromptDifference, 'lostMs' | 'isBeyond'> {
  if (!cost) return {};
  return { lostMs: cost.lostMs(prompt), ...(cost.isBeyond(prompt.tokens) && { isBeyond: true }) };
}
