import { createRandom } from '../../../src/base/random.ts';
import { blockBootstrap } from '../../../src/stats/bootstrap.ts';
import type { Interval } from '../../../src/stats/interval.ts';

/** Times to the first token. */
export interface DirectTimes {
  coldMs: number[];
  warmMs: number[];
}

interface Asked {
  engines: readonly string[];
  model: string;
  /** Tokens of each prompt, about. */
  promptTokens: number;
  prompts: number;
  /** Of their words. */
  name: string;
}

/**
 * What a warm cache saves, asked for by hand: each prompt twice at the same engine, one at a time, through the
 * platform's own `fetch`. Shares no code with the sampler it is held against.
 */
export async function directTimes(asked: Asked): Promise<DirectTimes> {
  const [coldMs, warmMs]: [number[], number[]] = [[], []];
  const wordsPerToken = await scaleOf(asked);
  for (let index = 0; index < asked.prompts; index++) {
    const engine = asked.engines[index % asked.engines.length]!;
    const prompt = wordsOf(
      `${asked.name}-${index}`,
      Math.round(asked.promptTokens * wordsPerToken),
    );
    coldMs.push(await firstTokenMs(engine, asked.model, `${prompt} one`));
    warmMs.push(await firstTokenMs(engine, asked.model, `${prompt} two`));
  }
  return { coldMs, warmMs };
}

/** Prompts that share what the machine did meanwhile. */
const ROUND_PROMPTS = 9;

/** 95 % interval of p95 warm ÷ p95 cold, of all that was measured: a machine that does other things too drifts. */
export function directRatio(times: readonly DirectTimes[]): Interval {
  const rounds = (of: keyof DirectTimes): number[][] => roundsOf(times.flatMap((it) => it[of]));
  const arms = [rounds('warmMs'), rounds('coldMs')];
  const ratio = ([warm, cold]: Float64Array): number => warm! / cold!;
  return blockBootstrap(arms, ratio, { percent: 95, random: createRandom(1) })!;
}

function roundsOf(all: readonly number[]): number[][] {
  return Array.from({ length: all.length / ROUND_PROMPTS }, (_, round) =>
    all.slice(round * ROUND_PROMPTS, (round + 1) * ROUND_PROMPTS),
  );
}

/** No two prompts begin alike. */
function wordsOf(name: string, count: number): string {
  return Array.from({ length: count }, (_, index) => `${name} ${index}`).join(' ');
}

async function scaleOf({ engines, model }: Asked): Promise<number> {
  const words = 200;
  const answer = await fetch(`${engines[0]}/tokenize`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, prompt: wordsOf('direct-0', words) }),
  });
  const { count } = (await answer.json()) as { count: number };
  return words / count;
}

async function firstTokenMs(engine: string, model: string, content: string): Promise<number> {
  const startMs = performance.now();
  const answer = await fetch(`${engine}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model,
      messages: [{ role: 'user', content }],
      max_tokens: 1,
      stream: true,
    }),
  });
  if (answer.status !== 200) throw new Error(await answer.text());
  let [text, ttftMs] = ['', Number.NaN];
  for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    // The first event only names the role.
    if (Number.isNaN(ttftMs) && text.split('\n\n').length > 2) ttftMs = performance.now() - startMs;
  }
  return ttftMs;
}
