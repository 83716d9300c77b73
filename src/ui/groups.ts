import type { AnswerFacts } from './run-events.ts';

/** The requests of an arm of a verification, or of a step of a scenario. */
export interface GroupView {
  /** The last TTFTs, ms, successes only. */
  ttftsMs: readonly number[];
  promptTokens: number;
  /** Undefined as long as no answer reported any. */
  cachedTokens: number | undefined;
}

const GROUP_TTFTS_MAX = 64;

export function withRequest(
  group: GroupView = { ttftsMs: [], promptTokens: 0, cachedTokens: undefined },
  { ttftMs, promptTokens, cachedTokens }: AnswerFacts,
): GroupView {
  const ttftsMs =
    ttftMs === null ? group.ttftsMs : [...group.ttftsMs.slice(1 - GROUP_TTFTS_MAX), ttftMs];
  if (cachedTokens === null || promptTokens === null) return { ...group, ttftsMs };
  return {
    ttftsMs,
    promptTokens: group.promptTokens + promptTokens,
    cachedTokens: (group.cachedTokens ?? 0) + cachedTokens,
  };
}
