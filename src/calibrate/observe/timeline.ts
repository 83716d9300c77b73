import type { Sample } from '../../load/sample.ts';
import { COLD_ARM } from './arms.ts';

/** A request as the engine had it, by what the client saw. Milliseconds on the run's clock. */
export interface Seen {
  sample: Sample;
  sentMs: number;
  /** Until then it may have been waiting or prefilling. */
  firstMs: number;
  /** From then on the engine was done with it. */
  lastMs: number;
  /** Of each piece of output; empty where the answer was not streamed, or failed. */
  arrivalsMs: readonly number[];
  /** Tokens a piece of output has on average. */
  tokensPerPiece: number;
  promptTokens: number;
  outputTokens: number;
  /** Undefined where nobody says. */
  cachedTokens: number | undefined;
}

/** All requests of an engine in the order sent, those too of which nothing but their time can be used. */
export function timelineOf(samples: readonly Sample[]): Seen[] {
  return samples.map(seenOf).toSorted((a, b) => a.sentMs - b.sentMs || a.sample.id - b.sample.id);
}

function seenOf(sample: Sample): Seen {
  const { arm, sentMs, endMs, promptTokens = 0, outputTokens = 0 } = sample;
  const arrivalsMs = arrivalsOf(sample);
  const gaps = arrivalsMs.length - 1;
  return {
    sample,
    sentMs,
    firstMs: arrivalsMs[0] ?? endMs,
    lastMs: arrivalsMs.length > 0 ? (sample.lastTokenMs ?? endMs) : endMs,
    arrivalsMs,
    tokensPerPiece: gaps > 0 ? (outputTokens - 1) / gaps : 1,
    promptTokens,
    outputTokens,
    cachedTokens: sample.cachedTokens ?? (arm === COLD_ARM ? 0 : undefined),
  };
}

function arrivalsOf(sample: Sample): number[] {
  const { firstTokenMs, itlsMs, failure, promptTokens, outputTokens } = sample;
  const isWhole = failure === undefined && promptTokens !== undefined && outputTokens !== undefined;
  if (firstTokenMs === undefined || !isWhole) return [];
  let atMs = firstTokenMs;
  return [atMs, ...itlsMs.map((gapMs) => (atMs += gapMs))];
}
