import { createRandom, mixSeed } from '../../base/random.ts';
import type { ChatExchange } from '../../target/chat.ts';
import { mustChat } from '../../target/chat.ts';
import type { Deployment } from '../../target/deployment.ts';
import { median } from '../judge/dose-response.ts';
import { meanEstimate } from '../judge/estimate.ts';
import { meanOf } from '../evidence/observation.ts';
import type { PromptMaker, PromptPair } from './prompts.ts';
import type { ControlEvidence, Estimate } from '../result/result.ts';
import { distinctEndpoints } from '../../target/targets.ts';
import type { EngineTarget } from '../../target/targets.ts';

export interface ControlOptions {
  pairs: number;
  outputTokens: number;
  seed: number;
}

/** Below this share of the wrong engine's TTFT a saving is as good as none. */
const NEGLIGIBLE_SHARE = 0.05;

interface ControlPair {
  preferred: ChatExchange;
  wrong: ChatExchange;
}

/**
 * Forced right against forced wrong, one request at a time: a prompt to the engine that has its
 * prefix, and one to an engine that has not, in random order. With a single engine the wrong one is
 * a prompt whose prefix nobody has.
 * @throws KvcacheError when an engine does not answer (kind target)
 */
export async function runControls(
  deployment: Deployment,
  maker: PromptMaker,
  options: ControlOptions,
): Promise<{ evidence: ControlEvidence; requests: number }> {
  const random = createRandom(mixSeed(options.seed, 'controls'));
  const pairs: ControlPair[] = [];
  for (let index = 0; index < options.pairs; index++) {
    const right = (): Promise<ChatExchange> =>
      rightRequest(deployment, maker, { index, ...options });
    const wrong = (): Promise<ChatExchange> =>
      wrongRequest(deployment, maker, { index, ...options });
    if (random.next() < 0.5) {
      const preferred = await right();
      pairs.push({ preferred, wrong: await wrong() });
    } else {
      const first = await wrong();
      pairs.push({ wrong: first, preferred: await right() });
    }
  }
  return { evidence: evidenceOf(pairs), requests: 4 * options.pairs };
}

interface OneControl {
  index: number;
  outputTokens: number;
}

async function rightRequest(
  deployment: Deployment,
  maker: PromptMaker,
  { index, outputTokens }: OneControl,
): Promise<ChatExchange> {
  const holder = deployment.engines[index % deployment.engines.length]!;
  return primeAndAsk(deployment, maker.cacheable(`control/right/${index}`), {
    holder,
    asked: holder,
    outputTokens,
  });
}

async function wrongRequest(
  deployment: Deployment,
  maker: PromptMaker,
  { index, outputTokens }: OneControl,
): Promise<ChatExchange> {
  const { engines } = deployment;
  const asked = engines[index % engines.length]!;
  const other = engines.find((it) => it.address !== asked.address) ?? asked;
  const name = `control/wrong/${index}`;
  const pair = distinctEndpoints(engines) >= 2 ? maker.cacheable(name) : maker.uncacheable(name);
  return primeAndAsk(deployment, pair, { holder: other, asked, outputTokens });
}

async function primeAndAsk(
  { chat }: Deployment,
  { prime, measured }: PromptPair,
  where: { holder: EngineTarget; asked: EngineTarget; outputTokens: number },
): Promise<ChatExchange> {
  await mustChat({ url: where.holder.url, prompt: prime, outputTokens: 1 }, chat);
  return mustChat(
    { url: where.asked.url, prompt: measured, outputTokens: where.outputTokens },
    chat,
  );
}

function evidenceOf(pairs: readonly ControlPair[]): ControlEvidence {
  const preferred = pairs.map((it) => ttftOf(it.preferred));
  const wrong = pairs.map((it) => ttftOf(it.wrong));
  const differenceMs = meanEstimate(wrong.map((ms, index) => ms - preferred[index]!))!;
  const cached = (pick: (pair: ControlPair) => ChatExchange): number | null => {
    const known = pairs.map((it) => pick(it).usage.cachedTokens).filter((it) => it !== undefined);
    return meanOf(known, (it) => it);
  };
  const wrongMean = meanOf(wrong, (it) => it)!;
  return {
    pairs: pairs.length,
    preferredTtftMs: { mean: meanOf(preferred, (it) => it)!, p50: median(preferred) },
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

function ttftOf({ ttftMs, latencyMs }: ChatExchange): number {
  return ttftMs ?? latencyMs;
}
