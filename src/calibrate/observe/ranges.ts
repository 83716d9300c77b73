import type { Sample } from '../../load/sample.ts';
import type { Observation } from './observation.ts';

/** What was seen; beyond it nobody knows whether the formula still holds. */
export interface Ranges {
  /** Shortest and longest prompt, in tokens. */
  promptTokensMin: number;
  promptTokensMax: number;
  /** Longest prompt and answer together. */
  contextTokensMax: number;
  /** Most requests decoding at once. */
  batchMax: number;
}

/** Undefined when nothing was seen. */
export function rangesOf(
  samples: readonly Sample[],
  observations: readonly Observation[],
): Ranges | undefined {
  const lengths = samples.flatMap(({ failure, promptTokens, outputTokens }) =>
    failure !== undefined || promptTokens === undefined
      ? []
      : [{ prompt: promptTokens, context: promptTokens + (outputTokens ?? 0) }],
  );
  if (lengths.length === 0) return undefined;
  const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), 0);
  return {
    promptTokensMin: lengths.reduce((least, { prompt }) => Math.min(least, prompt), Infinity),
    promptTokensMax: most(lengths.map((it) => it.prompt)),
    contextTokensMax: most(lengths.map((it) => it.context)),
    batchMax: most(observations.map(({ amounts }) => amounts.decodeMsPerRequest ?? 1)),
  };
}
