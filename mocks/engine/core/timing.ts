import type { Random } from '../../../src/base/random.ts';
import type { EngineProfile, TimingCoefficients } from '../../profiles/profile.ts';

/** One prefill chunk of a step. */
export interface PrefillWork {
  /** Context before the chunk, cached tokens included. */
  contextTokens: number;
  chunkTokens: number;
}

/** The coefficients with the profile's speedup applied. */
export function effectiveTiming(profile: EngineProfile): TimingCoefficients {
  const scaled = Object.entries(profile.timing).map(([name, ms]) => [name, ms / profile.speedup]);
  return Object.fromEntries(scaled) as TimingCoefficients;
}

/** Cost of one prefill chunk: a·p + q·((c+p)² − c²). */
export function prefillMs(timing: TimingCoefficients, work: PrefillWork): number {
  const { contextTokens: context, chunkTokens: chunk } = work;
  return (
    timing.prefillMsPerToken * chunk +
    timing.prefillMsPerTokenSquared * chunk * (2 * context + chunk)
  );
}

/** The same of a whole prompt that an engine has to itself, with the fixed cost of the steps it takes. */
export function prefillAloneMs(
  profile: EngineProfile,
  timing: TimingCoefficients,
  work: PrefillWork,
): number {
  const steps = Math.ceil(work.chunkTokens / profile.prefillChunkTokens);
  return timing.stepMs * steps + prefillMs(timing, work);
}

/** Cost of a step's decoding: d·D + k·K. */
export function decodeMs(
  timing: TimingCoefficients,
  requests: number,
  contextTokens: number,
): number {
  return timing.decodeMsPerRequest * requests + timing.decodeMsPerContextToken * contextTokens;
}

/** Time to bring `tokens` from the second tier to the device; 0 tokens take no time. */
export function tierLoadMs(profile: EngineProfile, tokens: number): number {
  if (!profile.tier || tokens === 0) return 0;
  const { loadFixedMs, bytesPerMs } = profile.tier;
  return (loadFixedMs + (tokens * profile.kvBytesPerToken) / bytesPerMs) / profile.speedup;
}

export function decompressMs(profile: EngineProfile, tokens: number): number {
  return (tokens * profile.kvBytesPerToken) / profile.decompressBytesPerMs / profile.speedup;
}

/** True when no modelled time can ever be other than zero. */
export function isInstant(profile: EngineProfile): boolean {
  const { tier } = profile;
  const isTierFree = !tier || (tier.loadFixedMs === 0 && tier.bytesPerMs === Infinity);
  return isTierFree && Object.values(profile.timing).every((value) => value === 0);
}

/** Mean-preserving lognormal factor with the given coefficient of variation, clamped to [0.3, 3]. */
export function jitterFactor(random: Pick<Random, 'normal'>, cv: number): number {
  if (cv === 0) return 1;
  const variance = Math.log(1 + cv * cv);
  const factor = Math.exp(Math.sqrt(variance) * random.normal() - variance / 2);
  return Math.min(3, Math.max(0.3, factor));
}
