import type { WorkloadSpec } from './workload.ts';

/** Tokens of one prompt on average, as asked for; null where only a tokenizer can tell. */
export function promptTokensOf(spec: WorkloadSpec): number | null {
  switch (spec.kind) {
    case 'fixed':
    case 'prompts':
      return null;
    case 'unique':
    case 'shared-prefix':
      return spec.promptTokens;
    case 'chat':
      // The n-th turn repeats those before it; answers between them come on top.
      return (spec.turnTokens * (spec.turns + 1)) / 2;
    case 'mixed': {
      const weight = spec.parts.reduce((sum, part) => sum + part.weight, 0);
      const parts = spec.parts.map((part) => ({ ...part, tokens: promptTokensOf(part.spec) }));
      return parts.reduce<number | null>(
        (sum, { tokens, weight: own }) =>
          sum === null || tokens === null ? null : sum + (tokens * own) / weight,
        0,
      );
    }
  }
}
