import { afterEach, describe, expect, it } from 'vitest';
import { accessBy } from '../../src/net/access.ts';
import { engineProfile, kvCapacity, rootOf } from '../../src/target/engine-profile.ts';
import { engineTarget } from '../../src/target/targets.ts';
import {
  llamaCppHabits,
  ollamaHabits,
  sglangHabits,
  tgiHabits,
  trtllmHabits,
  vllmHabits,
  vllmPage,
} from '../helpers/engine-kinds.ts';
import {
  type EngineHabits,
  type StandInEngine,
  startEngineStandIn,
} from '../helpers/engine-stand-in.ts';

const running: StandInEngine[] = [];
afterEach(() => {
  for (const engine of running.splice(0)) engine.close();
});

async function profileOf(habits: EngineHabits, apiKey = '') {
  const engine = await startEngineStandIn(habits);
  running.push(engine);
  return engineProfile(engineTarget('a', engine.url), {
    access: accessBy(apiKey),
    timeoutMs: 2_000,
  });
}

describe('what an engine is', () => {
  it.each([
    ['vllm', vllmHabits(), { version: '0.32.0', blockTokens: 16, capacityTokens: 16_000 }],
    ['vllm', { ...vllmHabits(), owner: 'me', metrics: vllmPage('vllm_', '') }, { blockTokens: 16 }],
    ['vllm', { ...vllmHabits(), owner: 'me', metrics: vllmPage('ray_vllm_', '') }, { ranks: 1 }],
    ['vllm', { owner: 'vllm' }, { blockTokens: null, capacityTokens: null, ranks: 1 }],
    ['sglang', sglangHabits(), { version: '0.5.23', blockTokens: 1, capacityTokens: 59_902 }],
    ['sglang', { ...sglangHabits(), owner: 'me' }, { prefixCaching: true }],
    [
      'sglang',
      { info: { '/server_info': { page_size: 64, disable_radix_cache: true, dp_size: 4 } } },
      { blockTokens: 64, prefixCaching: false, ranks: 4 },
    ],
    ['trtllm', trtllmHabits, { version: '1.3.0', blockTokens: 32, capacityTokens: 16_000 }],
    ['llama-cpp', llamaCppHabits, { version: 'b8681', maxModelLength: 8_192 }],
    ['llama-cpp', { ...llamaCppHabits, owner: 'me' }, { blockTokens: 1 }],
    ['ollama', ollamaHabits, { version: '0.33.2' }],
    ['ollama', { ...ollamaHabits, owner: 'me' }, { version: '0.33.2' }],
    ['tgi', tgiHabits, { version: '3.3.6', maxModelLength: 4_096 }],
    ['unknown', {}, { version: null, blockTokens: null, ranks: 1, prefixCaching: null }],
    ['unknown', { page: { status: 200, type: 'text/html', text: '<html>' } }, { version: null }],
    ['unknown', { apiKey: 'k' }, { version: null }],
  ] as [string, EngineHabits, object][])(
    'is %s, told by its routes',
    async (kind, habits, setup) => {
      const profile = await profileOf(habits);
      expect(profile.kind.id).toBe(kind);
      expect(profile).toMatchObject(setup);
    },
  );

  it('is asked with the key', async () => {
    expect((await profileOf({ ...vllmHabits(), apiKey: 'k' }, 'k')).kind.id).toBe('vllm');
  });

  it('names the model it loaded behind the name it serves', async () => {
    const profile = await profileOf({ ...vllmHabits(), model: 'tiny', root: '/models/tiny' });
    expect(rootOf('tiny', [profile])).toBe('/models/tiny');
    expect(rootOf('other', [profile])).toBeNull();
  });
});

describe('blocks and ranks', () => {
  it.each([
    [vllmPage('vllm:', ',mamba_block_size="None"'), { blockTokens: 16, cachesNothing: false }],
    [
      vllmPage('vllm:', ',mamba_block_size="1600",mamba_cache_mode="align"'),
      { blockTokens: 1_600, capacityTokens: 16_000, cachesNothing: false },
    ],
    [
      vllmPage('vllm:', ',mamba_block_size="4096",mamba_cache_mode="none"'),
      { cachesNothing: true },
    ],
    [vllmPage('vllm:', '', 4), { ranks: 4, capacityTokens: 16_000 }],
    [
      () =>
        'vllm:cache_config_info{block_size="128",num_gpu_blocks="10",enable_prefix_caching="False"} 1',
      { blockTokens: 128, capacityTokens: 1_280, prefixCaching: false },
    ],
  ])('are read before anything is probed (%#)', async (metrics, expected) => {
    expect(await profileOf({ ...vllmHabits(), metrics })).toMatchObject(expected);
  });

  it('bound all prompts by the largest block and the smallest cache', async () => {
    const some = await profileOf(trtllmHabits);
    const none = await profileOf({});
    expect(kvCapacity([some, none])).toEqual({ blockTokens: 32, tokens: 16_000 });
    expect(kvCapacity([none])).toEqual({ blockTokens: 16, tokens: null });
    expect(kvCapacity([])).toEqual({ blockTokens: 16, tokens: null });
  });
});

describe('a metrics page that is not read as a whole', () => {
  it('keeps its counters and names the lines left out, fit for a terminal', async () => {
    const good = vllmPage('vllm:', '');
    const metrics: typeof good = (counts) =>
      `h {count:1,sum:2}\n${good(counts)}\nbad\u001b[2J{x\nb{\nc{\nd{`;
    const { counters, metricsProblem } = await profileOf({ ...vllmHabits(), metrics });
    expect(counters).toMatchObject({ requests: 0, prefixHits: 0 });
    expect(metricsProblem).toBe(
      'left out what cannot be read: line 1 "h {count:1,sum:2}", line 10 "bad [2J{x", line 11 "b{" and 2 more',
    );
  });

  it.each([
    ['HTTP 404', {}],
    ['Line 1 is not in the Prometheus text format.', { metrics: () => '<html>' }],
    [null, vllmHabits()],
  ] as [string | null, EngineHabits][])('says %s', async (problem, habits) => {
    expect((await profileOf(habits)).metricsProblem).toBe(problem);
  });
});
