import { afterEach, describe, expect, it } from 'vitest';
import { type Heard, chat, wordsOf } from '../../helpers/truth/client.ts';
import type { DialectId } from '../../helpers/truth/dialects.ts';
import { type EngineOptions, type TruthEngine, startEngine } from '../../helpers/truth/engine.ts';
import { bodyOf, send } from '../../helpers/truth/http.ts';

let engine: TruthEngine | undefined;
afterEach(async () => {
  await engine?.close();
});

async function start(options: Partial<EngineOptions> = {}): Promise<TruthEngine> {
  engine = await startEngine({ id: 'engine-a', ...options });
  return engine;
}

async function get(path: string): Promise<{ status: number; type: string; text: string }> {
  const answer = await send(`${engine!.url}${path}`);
  return {
    status: answer.statusCode!,
    type: answer.headers['content-type'] ?? '',
    text: await bodyOf(answer),
  };
}

/** Sum over all series of a counter; undefined when there is none. */
function counted(page: string, name: string): number | undefined {
  const lines = page.split('\n').filter((line) => line.startsWith(`${name}{`));
  if (lines.length === 0) return undefined;
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

/** 105 tokens: the template puts two before it and three behind. */
const PROMPT = wordsOf('w', 100);

describe('the cache', () => {
  it('reuses whole blocks and never the last token', async () => {
    await start();
    expect(cachedIn(await chat(engine!.url, PROMPT))).toBe(0);
    // 105 tokens: 6 blocks of 16 are 96.
    expect(cachedIn(await chat(engine!.url, PROMPT))).toBe(96);
    // 52 tokens in common, 2 of the template and 50 words: 3 whole blocks.
    expect(cachedIn(await chat(engine!.url, `${wordsOf('w', 50)} and now`))).toBe(48);
    const even = wordsOf('even', 107);
    await chat(engine!.url, even);
    // 112 tokens are 7 whole blocks, of which the last holds the last token.
    expect(cachedIn(await chat(engine!.url, even))).toBe(96);
  });

  it('forgets what was used longest ago, of one prompt its end first', async () => {
    await start({ capacityBlocks: 8 });
    await chat(engine!.url, PROMPT);
    await chat(engine!.url, wordsOf('x', 60));
    expect(engine!.cache.evictions).toBeGreaterThan(0);
    const left = cachedIn(await chat(engine!.url, PROMPT));
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(96);
  });

  it('can be off, and can be lied about', async () => {
    await start({ caches: false });
    await chat(engine!.url, PROMPT);
    expect(cachedIn(await chat(engine!.url, PROMPT))).toBe(0);
    await engine!.close();
    await start({ claims: (_cached, promptTokens) => promptTokens - 1 });
    expect(cachedIn(await chat(engine!.url, PROMPT))).toBe(104);
    expect(engine!.served).toEqual([{ promptTokens: 105, cachedTokens: 0 }]);
  });
});

function cachedIn({ usage }: Heard): number | null | undefined {
  const details = usage!.prompt_tokens_details;
  return details ? details.cached_tokens : details;
}

/** Of a miss as JSON, a miss in a stream, a hit as JSON. SGLang's pages of one token find the template again. */
const REPORTS: [DialectId, unknown, unknown, unknown][] = [
  ['vllm-0.9', null, undefined, { cached_tokens: 96 }],
  ['vllm-0.21', null, undefined, { cached_tokens: 96 }],
  ['vllm-0.25', { cached_tokens: 0 }, { cached_tokens: 0 }, { cached_tokens: 96 }],
  [
    'vllm-0.32',
    { cached_tokens: 0, created_cache_tokens: 96, multimodal_tokens: null },
    { cached_tokens: 0, created_cache_tokens: 96 },
    { cached_tokens: 96, created_cache_tokens: 0, multimodal_tokens: null },
  ],
  ['sglang', null, { cached_tokens: 2 }, { cached_tokens: 104 }],
  ['silent', null, undefined, null],
  ['mute', null, undefined, null],
];

describe('usage', () => {
  it.each(REPORTS)('of %s says what is cached as that one does', async (dialect, ...expected) => {
    await start({ dialect });
    const miss = await chat(engine!.url, PROMPT, { stream: false });
    const streamed = await chat(engine!.url, wordsOf('x', 100));
    const hit = await chat(engine!.url, PROMPT, { stream: false });
    const details = [miss, streamed, hit].map(({ usage }) => usage!.prompt_tokens_details);
    expect(details).toEqual(expected);
    expect(miss.usage!.prompt_tokens).toBe(105);
    expect(miss.usage!.completion_tokens).toBe(2);
  });
});

/** What one miss and one hit of 105 tokens leave behind. */
const COUNTERS: Record<Exclude<DialectId, 'mute'>, Record<string, number | undefined>> = {
  'vllm-0.9': {
    'vllm:request_success_total': 2,
    'vllm:gpu_prefix_cache_queries_total': 210,
    'vllm:gpu_prefix_cache_hits_total': 96,
    'vllm:prefix_cache_hits_total': undefined,
    'vllm:external_prefix_cache_hits_total': undefined,
  },
  'vllm-0.21': {
    'vllm:request_success_total': 2,
    'vllm:prefix_cache_queries_total': 210,
    'vllm:prefix_cache_hits_total': 96,
    'vllm:gpu_prefix_cache_hits_total': undefined,
  },
  'vllm-0.25': {
    'vllm:request_success_total': 2,
    'vllm:prompt_tokens_total': 210,
    'vllm:generation_tokens_total': 4,
    'vllm:prefix_cache_hits_total': 96,
    'vllm:external_prefix_cache_hits_total': 0,
    'vllm:prompt_tokens_cached_total': undefined,
  },
  'vllm-0.32': {
    'vllm:request_success_total': 2,
    'vllm:prefix_cache_hits_total': 96,
    'vllm:prompt_tokens_by_source_total': 210,
    'vllm:prompt_tokens_cached_total': 96,
    'vllm:prompt_tokens_cached_by_source_total': 96,
  },
  sglang: {
    'sglang:num_requests_total': 2,
    'sglang:prompt_tokens_total': 210,
    'sglang:cached_tokens_total': 104,
    'vllm:request_success_total': undefined,
  },
  silent: { 'vllm:request_success_total': 2, 'vllm:prefix_cache_hits_total': 96 },
};

describe('/metrics', () => {
  it.each(Object.entries(COUNTERS))('of %s counts under its names', async (dialect, expected) => {
    await start({ dialect: dialect as DialectId });
    await chat(engine!.url, PROMPT);
    await chat(engine!.url, PROMPT);
    const { text } = await get('/metrics');
    const found = Object.keys(expected).map((name) => [name, counted(text, name)]);
    expect(Object.fromEntries(found)).toEqual(expected);
  });

  it('starts at 0 in vLLM and with the first event in SGLang', async () => {
    await start();
    const vllm = await get('/metrics');
    expect(counted(vllm.text, 'vllm:request_success_total')).toBe(0);
    expect(vllm.type).toContain('version=0.0.4');
    await engine!.close();
    await start({ dialect: 'sglang' });
    await chat(engine!.url, PROMPT);
    const sglang = await get('/metrics');
    expect(counted(sglang.text, 'sglang:num_requests_total')).toBe(1);
    expect(counted(sglang.text, 'sglang:cached_tokens_total')).toBeUndefined();
    // Its very first stream is a real miss: null, where vLLM leaves the member out.
    await engine!.close();
    await start({ dialect: 'sglang' });
    expect(cachedIn(await chat(engine!.url, PROMPT))).toBeNull();
  });

  it('tells block size and blocks, and starts anew after a restart', async () => {
    await start({ capacityBlocks: 500, blockTokens: 32, dialect: 'vllm-0.32' });
    await chat(engine!.url, PROMPT);
    const before = await get('/metrics');
    expect(before.text).toContain('block_size="32",num_gpu_blocks="500"');
    expect(before.type).toContain('version=1.0.0');
    engine!.restart();
    expect(counted((await get('/metrics')).text, 'vllm:prompt_tokens_total')).toBe(0);
    expect(cachedIn(await chat(engine!.url, PROMPT))).toBe(0);
  });

  it('is not there in a mute engine', async () => {
    await start({ dialect: 'mute' });
    expect((await get('/metrics')).status).toBe(404);
  });
});

describe('the other routes', () => {
  it('say who it is, and count tokens as a completion does', async () => {
    await start();
    expect(JSON.parse((await get('/v1/models')).text)).toMatchObject({
      data: [{ id: 'truth-model', owned_by: 'vllm' }],
    });
    expect((await get('/health')).status).toBe(200);
    expect(JSON.parse((await get('/version')).text)).toEqual({ version: '0.25.1' });
    const body = JSON.stringify({ messages: [{ role: 'user', content: PROMPT }] });
    const answer = JSON.parse(await bodyOf(await send(`${engine!.url}/tokenize`, { body })));
    expect(answer).toMatchObject({ count: 105, max_model_len: 32768 });
  });

  it('are missing where the engine has none', async () => {
    await start({ dialect: 'sglang', hasTokenize: false });
    expect((await get('/version')).status).toBe(404);
    const answer = await send(`${engine!.url}/tokenize`, { body: '{}' });
    await bodyOf(answer);
    expect(answer.statusCode).toBe(404);
    expect(JSON.parse((await get('/server_info')).text)).toMatchObject({ page_size: 1 });
  });
});

describe('answers', () => {
  it('name the engine only when told to', async () => {
    await start();
    const plain = await chat(engine!.url, PROMPT);
    expect(`${JSON.stringify(plain.headers)} ${plain.text}`).not.toContain('engine-a');
    await engine!.close();
    await start({ namesItself: true });
    expect((await chat(engine!.url, PROMPT)).headers['x-inference-pod']).toBe('engine-a');
  });

  it.each(['reasoning', 'reasoning_content', 'tool_calls', 'empty'] as const)(
    'may consist of %s alone',
    async (output) => {
      await start({ output });
      const { text } = await chat(engine!.url, PROMPT);
      expect(text).not.toMatch(/"content":"[^"]/);
      if (output !== 'empty') expect(text).toContain(`"${output}":`);
      expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
      const { text: json } = await chat(engine!.url, PROMPT, { stream: false });
      expect(JSON.parse(json)).toMatchObject({ choices: [{ finish_reason: 'length' }] });
    },
  );

  it('take their time, one prompt after the other, less for what is cached', async () => {
    await start({ latency: { baseMs: 5, perTokenMs: 0.5, sigma: 0.05 } });
    const timed = async (work: () => Promise<unknown>): Promise<number> => {
      const startMs = performance.now();
      await work();
      return performance.now() - startMs;
    };
    const cold = await timed(() => chat(engine!.url, PROMPT));
    const warm = await timed(() => chat(engine!.url, PROMPT));
    expect(cold).toBeGreaterThan(40);
    expect(warm).toBeLessThan(cold);
    const two = await timed(() =>
      Promise.all(['x', 'y'].map((name) => chat(engine!.url, wordsOf(name, 100)))),
    );
    expect(two).toBeGreaterThan(80);
  });

  it('refuse a model they do not have', async () => {
    await start({ model: 'other' });
    expect((await chat(engine!.url, PROMPT)).status).toBe(404);
  });
});
