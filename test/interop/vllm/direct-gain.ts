import { percentile, sortedCopy } from '../../../src/stats/percentile.ts';

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

/** p95 of warm ÷ p95 of cold, of all that was measured. */
export function directRatio(times: readonly DirectTimes[]): number {
  const p95 = (all: number[]): number => percentile(sortedCopy(all), 95);
  return p95(times.flatMap(({ warmMs }) => warmMs)) / p95(times.flatMap(({ coldMs }) => coldMs));
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
