import { mixSeed } from '../../base/random.ts';
import { shuffled } from '../../base/shuffled.ts';
import { waitedMs } from '../../load/sample.ts';
import { reusableTokens } from '../../target/alignment.ts';
import type { ControlSetting } from './controls.ts';
import type { Dose } from '../judge/dose-response.ts';

const SHARES = [0, 0.25, 0.5, 0.75, 1] as const;

/** Of each level. */
export const DOSE_REPEATS = 4;
export const DOSE_REQUESTS = 2 * SHARES.length * DOSE_REPEATS;

export interface DoseOptions {
  /** Requests per level. */
  repeats: number;
  blockTokens: number;
  seed: number;
}

/**
 * Prompts of equal length of which more and more is cached, one at a time and straight to an engine.
 * @throws KvcacheError REQUEST_FAILED (kind target)
 */
export async function measureDoses(
  { engines, sender, pairs }: ControlSetting,
  options: DoseOptions,
): Promise<{ doses: Dose[]; requests: number }> {
  const plan = SHARES.flatMap((share) =>
    Array.from({ length: options.repeats }, (_, repeat) => ({ share, repeat })),
  );
  const doses: Dose[] = [];
  for (const { share, repeat } of shuffled(plan, mixSeed(options.seed, 'doses'))) {
    const name = `dose/${share}/${repeat}`;
    const { prime, measured } = pairs.partly(name, share);
    const { url } = engines[repeat % engines.length]!;
    await sender.must({ url, prompt: prime, outputTokens: 1, name });
    const sample = await sender.must({ url, prompt: measured, outputTokens: 1, name });
    const shared = pairs.floorTokens + share * (pairs.sharedTokens - pairs.floorTokens);
    const expected = reusableTokens(shared, pairs.promptTokens, options.blockTokens);
    const cachedTokens = sample.cachedTokens ?? expected;
    doses.push({ cachedTokens, ttftMs: waitedMs(sample) });
  }
  return { doses, requests: 2 * plan.length };
}
