import { mixSeed } from '../../base/random.ts';
import { reusableTokens } from '../../target/alignment.ts';
import { mustChat } from '../../target/chat.ts';
import type { Deployment } from '../../target/deployment.ts';
import type { Dose } from '../judge/dose-response.ts';
import { type PromptMaker, commonPrefix } from './prompts.ts';
import { shuffled } from '../../base/shuffled.ts';

const SHARES = [0, 0.25, 0.5, 0.75, 1] as const;

export interface DoseOptions {
  /** Requests per level. */
  repeats: number;
  blockTokens: number;
  seed: number;
}

/**
 * Prompts of equal length of which more and more is cached, one at a time and straight to an engine.
 * @throws KvcacheError when an engine does not answer (kind target)
 */
export async function measureDoses(
  deployment: Deployment,
  maker: PromptMaker,
  options: DoseOptions,
): Promise<{ doses: Dose[]; requests: number }> {
  const plan = SHARES.flatMap((share) =>
    Array.from({ length: options.repeats }, (_, repeat) => ({ share, repeat })),
  );
  const doses: Dose[] = [];
  for (const { share, repeat } of shuffled(plan, mixSeed(options.seed, 'doses'))) {
    const { prime, measured } = maker.partly(`dose/${share}/${repeat}`, share);
    const engine = deployment.engines[repeat % deployment.engines.length]!;
    const [primed, asked] = [await deployment.tokenize(prime), await deployment.tokenize(measured)];
    await mustChat({ url: engine.url, prompt: prime, outputTokens: 1 }, deployment.chat);
    const { usage, ttftMs, latencyMs } = await mustChat(
      { url: engine.url, prompt: measured, outputTokens: 1 },
      deployment.chat,
    );
    const expected = reusableTokens(commonPrefix(primed, asked), asked.length, options.blockTokens);
    doses.push({ cachedTokens: usage.cachedTokens ?? expected, ttftMs: ttftMs ?? latencyMs });
  }
  return { doses, requests: 2 * plan.length };
}
