import type { Finding } from '../../base/outcome.ts';
import { type Probe, engineName } from '../probe.ts';
import { hitAt } from '../trial.ts';

/** Ranks share an address and no cache: even a perfect router reaches the right one by luck. */
export const ranksProbe: Probe = {
  id: 'data-parallel-ranks',
  needs: 'engines',
  async run({ profiles, trials }) {
    const { engines } = await trials();
    return profiles.flatMap(({ engine, ranks, kind }, index): Finding[] => {
      if (ranks === 1) return [];
      const hit = hitAt(engines[index]!);
      return [
        {
          id: 'data-parallel-ranks',
          claim: `One cache stands behind the address: ${engineName(engine)}.`,
          severity: 'degrading',
          outcome: 'inconclusive',
          expected: '1 data-parallel rank',
          actual: `${ranks} ranks`,
          evidence:
            hit === null
              ? 'no repeat of a prompt hit'
              : `repeat ${hit} of the same prompt was the first to hit`,
          remedy:
            kind.id === 'vllm'
              ? 'Give every rank its own address (vLLM: --data-parallel-external-lb), or send X-data-parallel-rank; until then a repeat reaches its cache only 1 time in so many ranks.'
              : 'Give every rank its own address; until then a repeat reaches its cache only 1 time in so many ranks.',
          facts: { engine: engine.id, ranks, repeatsToHit: hit },
        },
      ];
    });
  },
};
