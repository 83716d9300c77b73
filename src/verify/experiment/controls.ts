import { meanOf } from '../../base/lists.ts';
import { createRandom, mixSeed } from '../../base/random.ts';
import type { PromptPair, PromptPairs } from '../../load/pairs.ts';
import { type Sample, waitedMs } from '../../load/sample.ts';
import type { EngineTarget } from '../../target/targets.ts';
import { median } from '../judge/dose-response.ts';
import { meanEstimate } from '../judge/estimate.ts';
import type { Estimate } from '../judge/estimate.ts';
import type { ControlEvidence } from '../result/result.ts';
import type { Sender } from './sender.ts';

/** Right and wrong engine, each primed and asked. */
export const REQUESTS_PER_PAIR = 4;

export interface ControlOptions {
  pairs: number;
  outputTokens: number;
  seed: number;
}

/** Below this share of the wrong engine's TTFT a saving is as good as none. */
const NEGLIGIBLE_SHARE = 0.05;

interface ControlPair {
  preferred: Sample;
  wrong: Sample;
}

export interface ControlSetting {
  engines: readonly EngineTarget[];
  sender: Sender;
  pairs: PromptPairs;
}

/**
 * Forced right against forced wrong, one request at a time: a prompt to the engine that has its
 * prefix, and one to an engine that has not, in random order. With a single engine the wrong one is
 * a prompt whose prefix nobody has.
 * @throws KvcacheError REQUEST_FAILED (kind target)
 */
export async function runControls(
  setting: ControlSetting,
  options: ControlOptions,
): Promise<{ evidence: ControlEvidence; reporters: string[]; requests: number }> {
  const random = createRandom(mixSeed(options.seed, 'controls'));
  const { engines } = setting;
  const pairs: ControlPair[] = [];
  const reporters = new Set<string>();
  for (let index = 0; index < options.pairs; index++) {
    const asked = engines[index % engines.length]!;
    const other = engines[(index + 1) % engines.length]!;
    const right = (): Promise<Sample> =>
      primeAndAsk(setting, { index, holder: asked, asked }, options);
    const wrong = (): Promise<Sample> =>
      primeAndAsk(setting, { index, holder: other, asked, isWrong: true }, options);
    const isRightFirst = random.next() < 0.5;
    const first = await (isRightFirst ? right() : wrong());
    const second = await (isRightFirst ? wrong() : right());
    const [preferred, unheld] = isRightFirst ? [first, second] : [second, first];
    pairs.push({ preferred, wrong: unheld });
    if ((preferred.cachedTokens ?? 0) > setting.pairs.floorTokens) reporters.add(asked.id);
  }
  return {
    evidence: evidenceOf(pairs),
    reporters: [...reporters],
    requests: REQUESTS_PER_PAIR * options.pairs,
  };
}

interface OneControl {
  index: number;
  holder: EngineTarget;
  asked: EngineTarget;
  isWrong?: boolean;
}

async function primeAndAsk(
  { sender, pairs, engines }: ControlSetting,
  { index, holder, asked, isWrong = false }: OneControl,
  { outputTokens }: ControlOptions,
): Promise<Sample> {
  const name = `control/${isWrong ? 'wrong' : 'right'}/${index}`;
  const isCacheable = !isWrong || engines.length >= 2;
  const pair: PromptPair = isCacheable ? pairs.cacheable(name) : pairs.uncacheable(name);
  await sender.must({ url: holder.url, prompt: pair.prime, outputTokens: 1, name });
  return sender.must({ url: asked.url, prompt: pair.measured, outputTokens, name });
}

function evidenceOf(pairs: readonly ControlPair[]): ControlEvidence {
  const preferred = pairs.map((it) => waitedMs(it.preferred));
  const wrong = pairs.map((it) => waitedMs(it.wrong));
  const differenceMs = meanEstimate(wrong.map((ms, index) => ms - preferred[index]!))!;
  const cached = (pick: (pair: ControlPair) => Sample): number | null => {
    return meanOf(pairs.flatMap((it) => pick(it).cachedTokens ?? []));
  };
  const wrongMean = meanOf(wrong)!;
  return {
    pairs: pairs.length,
    preferredTtftMs: { mean: meanOf(preferred)!, p50: median(preferred) },
    wrongTtftMs: { mean: wrongMean, p50: median(wrong) },
    differenceMs,
    preferredCachedTokens: cached((it) => it.preferred),
    wrongCachedTokens: cached((it) => it.wrong),
    effect: effectOf(differenceMs, wrongMean),
  };
}

function effectOf({ interval }: Estimate, wrongMean: number): ControlEvidence['effect'] {
  if (!interval) return 'unclear';
  if (interval.low > 0) return 'seen';
  return interval.high < NEGLIGIBLE_SHARE * wrongMean ? 'absent' : 'unclear';
}
