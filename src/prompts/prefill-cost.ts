import { effectiveTiming, prefillAloneMs } from '../../mocks/engine/core/timing.ts';
import type { EngineProfile } from '../../mocks/profiles/profile.ts';

/** What it costs an engine to compute tokens that it might have had cached. */
export interface PrefillCost {
  /** Name of the profile. */
  profile: string;
  /**
   * Milliseconds by which an idle engine's time to the first token grows, all of them its own computing.
   * @param from tokens of the prompt that it has cached
   * @param lost those that follow and that it might have
   */
  lostMs(prompt: { tokens: number; from: number; lost: number }): number;
  /** Whether the profile was calibrated, and on no prompt of such a length. */
  isBeyond: (tokens: number) => boolean;
}

/** By the model of docs/simulation.md. */
export function prefillCost(profile: EngineProfile): PrefillCost {
  const timing = effectiveTiming(profile);
  const { promptTokensMin = 0, promptTokensMax = Infinity } = profile.calibration?.seen ?? {};
  const msFrom = (tokens: number, cached: number): number =>
    prefillAloneMs(profile, timing, { contextTokens: cached, chunkTokens: tokens - cached });
  return {
    profile: profile.name,
    // One token is computed whatever is cached.
    lostMs: ({ tokens, from, lost }) =>
      msFrom(tokens, from) - msFrom(tokens, Math.min(from + lost, tokens - 1)),
    isBeyond: (tokens) => tokens < promptTokensMin || tokens > promptTokensMax,
  };
}
