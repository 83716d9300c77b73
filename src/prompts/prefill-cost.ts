import { effectiveTiming, prefillMs } from '../../mocks/engine/core/timing.ts';
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
}

/** By the model of docs/simulation.md. */
export function prefillCost(profile: EngineProfile): PrefillCost {
  const timing = effectiveTiming(profile);
  const msFrom = (tokens: number, cached: number): number => {
    const chunkTokens = tokens - cached;
    const steps = Math.ceil(chunkTokens / profile.prefillChunkTokens);
    return timing.stepMs * steps + prefillMs(timing, { contextTokens: cached, chunkTokens });
  };
  return {
    profile: profile.name,
    // One token is computed whatever is cached.
    lostMs: ({ tokens, from, lost }) =>
      msFrom(tokens, from) - msFrom(tokens, Math.min(from + lost, tokens - 1)),
  };
}
