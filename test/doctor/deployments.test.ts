import { accessBy } from '../../src/net/access.ts';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import type { Finding } from '../../src/base/outcome.ts';
import { examine, outcomeOfFindings } from '../../src/doctor/doctor.ts';
import { withModel } from '../../src/target/resolve-model.ts';
import { engineTarget, type Targets } from '../../src/target/targets.ts';
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
  newState,
  startBalancer,
  startEngineStandIn,
} from '../helpers/engine-stand-in.ts';
import { targetsOf } from '../helpers/targets.ts';

const running: StandInEngine[] = [];
afterEach(() => {
  for (const engine of running.splice(0)) engine.close();
});

async function start(habits: EngineHabits, state = newState()): Promise<string> {
  const engine = await startEngineStandIn(habits, state);
  running.push(engine);
  return engine.url;
}

async function balancer(...urls: string[]): Promise<string> {
  const found = await startBalancer(urls);
  running.push(found);
  return found.url;
}

async function examined(urls: readonly string[], changes: Partial<Targets> = {}) {
  const engines = urls.map((url, index) => engineTarget(`e${index}`, url));
  const targets = await withModel(targetsOf({ engines, ...changes }));
  const findings = await examine({ targets, nonce: 'n', clock: systemClock });
  return { outcome: outcomeOfFindings(findings), findings };
}

/** `id outcome` of what is not fine, each once. */
function complaints(findings: readonly Finding[]): string[] {
  const bad = findings.filter((it) => it.outcome !== 'pass');
  return [...new Set(bad.map((it) => `${it.id} ${it.outcome}`))];
}

const two = async (habits: EngineHabits): Promise<string[]> => [
  await start(habits),
  await start(habits),
];

/** Two pods with counters of their own: what a scrape says depends on which one it hits. */
async function servicePods(): Promise<string[]> {
  const [first, second] = [newState(), newState()];
  second.counts.requests = 1_000;
  return [await start(vllmHabits(), first), await start(vllmHabits(), second)];
}

interface Deployment {
  name: string;
  arrange: () => Promise<{ urls: string[]; changes?: Partial<Targets> }>;
  outcome: string;
  complaints: string[];
  remedies?: RegExp[];
}

const NO_NAMES = 'gateway-names-engine inconclusive';

const deployments: Deployment[] = [
  {
    name: 'two vLLM without a controller',
    arrange: async () => ({ urls: await two(vllmHabits()) }),
    outcome: 'pass',
    complaints: [],
  },
  {
    name: 'two SGLang',
    arrange: async () => ({ urls: await two(sglangHabits()) }),
    outcome: 'pass',
    complaints: [],
  },
  {
    name: 'two TensorRT-LLM, no tokenizer',
    arrange: async () => ({ urls: await two(trtllmHabits) }),
    outcome: 'pass',
    complaints: ['tokenize inconclusive'],
  },
  {
    name: 'two llama.cpp, no counters',
    arrange: async () => ({ urls: await two(llamaCppHabits) }),
    outcome: 'pass',
    complaints: ['engine-metrics inconclusive', 'tokenize inconclusive'],
  },
  {
    name: 'two silent Ollama',
    arrange: async () => ({ urls: await two(ollamaHabits) }),
    outcome: 'pass',
    complaints: [
      'engine-metrics inconclusive',
      'tokenize inconclusive',
      'cached-tokens inconclusive',
    ],
  },
  {
    name: 'two TGI',
    arrange: async () => ({ urls: await two(tgiHabits), changes: { model: 'm' } }),
    outcome: 'pass',
    complaints: [
      'engine-metrics inconclusive',
      'tokenize inconclusive',
      'cached-tokens inconclusive',
    ],
  },
  {
    name: 'two engines of no known kind',
    arrange: async () => ({ urls: await two({}) }),
    outcome: 'pass',
    complaints: [
      'engine-kind inconclusive',
      'engine-metrics inconclusive',
      'tokenize inconclusive',
    ],
  },
  {
    name: 'metrics pages that hold lines of another form',
    arrange: async () => ({
      urls: await two({
        ...vllmHabits(),
        metrics: (counts) => `h {count:1,sum:2}\n${vllmPage('vllm:', '')(counts)}\n<br>`,
      }),
    }),
    outcome: 'pass',
    complaints: [],
  },
  {
    name: 'metrics pages of which nothing can be read',
    arrange: async () => ({ urls: await two({ ...vllmHabits(), metrics: () => '<html>' }) }),
    outcome: 'pass',
    complaints: ['engine-metrics inconclusive'],
    remedies: [/kept the page from being read/],
  },
  {
    name: 'engines that differ',
    arrange: async () => ({ urls: [await start(vllmHabits()), await start(sglangHabits())] }),
    outcome: 'pass',
    complaints: ['equal-engines inconclusive'],
  },
  {
    name: 'cached tokens that are counted but not reported',
    arrange: async () => ({ urls: await two({ ...vllmHabits(), reports: 'never' }) }),
    outcome: 'pass',
    complaints: ['cached-tokens inconclusive'],
    remedies: [/--enable-prompt-tokens-details/],
  },
  {
    name: 'hits reported, misses left out (vLLM 0.21)',
    arrange: async () => ({ urls: await two({ ...vllmHabits(), reports: 'hits' }) }),
    outcome: 'pass',
    complaints: [],
  },
  {
    name: 'prefix caching off, and saying so',
    arrange: async () => ({
      urls: await two({
        ...vllmHabits(),
        isCaching: false,
        metrics: (counts) =>
          vllmPage('vllm:', '')(counts).replaceAll('caching="True"', 'caching="False"'),
      }),
    }),
    outcome: 'fail',
    complaints: ['cached-tokens fail'],
    remedies: [/^Start vLLM with --enable-prefix-caching\.$/],
  },
  {
    name: 'prefix caching off in SGLang',
    arrange: async () => ({
      urls: await two({ ...sglangHabits({ disable_radix_cache: true }), isCaching: false }),
    }),
    outcome: 'fail',
    complaints: ['cached-tokens fail'],
    remedies: [/--disable-radix-cache/],
  },
  {
    name: 'caching off and unreported, told by the counters',
    arrange: async () => ({
      urls: await two({ ...vllmHabits(), reports: 'hits', isCaching: false }),
    }),
    outcome: 'fail',
    complaints: ['cached-tokens fail'],
  },
  {
    name: 'a hybrid model whose blocks are known',
    arrange: async () => ({
      urls: await two({
        ...vllmHabits(),
        blockTokens: 1_600,
        metrics: vllmPage('vllm:', ',mamba_block_size="1600",mamba_cache_mode="align"'),
      }),
    }),
    outcome: 'pass',
    complaints: [],
  },
  {
    name: 'a hybrid model with room for little more than two blocks',
    arrange: async () => ({
      urls: await two({
        ...vllmHabits(),
        blockTokens: 1_600,
        contextTokens: 3_600,
        metrics: vllmPage('vllm:', ',mamba_block_size="1600",mamba_cache_mode="align"'),
      }),
    }),
    outcome: 'pass',
    complaints: [],
  },
  {
    name: 'a hybrid model with room for less than a block',
    arrange: async () => ({
      urls: await two({
        ...vllmHabits(),
        blockTokens: 1_600,
        contextTokens: 1_024,
        metrics: vllmPage('vllm:', ',mamba_block_size="1600",mamba_cache_mode="align"'),
      }),
    }),
    outcome: 'fail',
    complaints: ['prompt-length fail', 'cached-tokens fail'],
    remedies: [/whole blocks of 1600 tokens/],
  },
  {
    name: 'a hybrid model whose blocks nobody tells',
    arrange: async () => ({ urls: await two({ blockTokens: 1_600 }) }),
    outcome: 'inconclusive',
    complaints: [
      'engine-kind inconclusive',
      'engine-metrics inconclusive',
      'tokenize inconclusive',
      'cached-tokens inconclusive',
    ],
    remedies: [/larger than a usual prompt/],
  },
  {
    name: 'a hybrid model that caches nothing',
    arrange: async () => ({
      urls: await two({
        ...vllmHabits(),
        isCaching: false,
        metrics: vllmPage('vllm:', ',mamba_block_size="4096",mamba_cache_mode="none"'),
      }),
    }),
    outcome: 'fail',
    complaints: ['cached-tokens fail'],
    remedies: [/mamba-cache-mode/],
  },
  {
    name: 'four data-parallel ranks behind each address',
    arrange: async () => ({
      urls: await two({ ...vllmHabits(), ranks: 4, metrics: vllmPage('vllm:', '', 4) }),
    }),
    outcome: 'inconclusive',
    complaints: ['data-parallel-ranks inconclusive'],
    remedies: [/X-data-parallel-rank/],
  },
  {
    name: 'one process behind two addresses',
    arrange: async () => {
      const state = newState();
      return { urls: [await start(vllmHabits(), state), await start(vllmHabits(), state)] };
    },
    outcome: 'fail',
    complaints: ['distinct-engines fail'],
    remedies: [/by its own address/],
  },
  {
    name: 'one process behind two addresses, without counters',
    arrange: async () => {
      const state = newState();
      return { urls: [await start({}, state), await start({}, state)] };
    },
    outcome: 'inconclusive',
    complaints: [
      'engine-kind inconclusive',
      'engine-metrics inconclusive',
      'tokenize inconclusive',
      'distinct-engines inconclusive',
    ],
  },
  {
    name: 'one process behind two addresses, told by its start and its cache',
    arrange: async () => {
      const state = newState();
      const habits = { metrics: () => 'process_start_time_seconds 1795984338.25' };
      return { urls: [await start(habits, state), await start(habits, state)] };
    },
    outcome: 'fail',
    complaints: [
      'engine-kind inconclusive',
      'engine-metrics inconclusive',
      'tokenize inconclusive',
      'distinct-engines fail',
    ],
  },
  {
    name: 'one address for two processes, told by their starts',
    arrange: async () => {
      const pod = (at: number): EngineHabits => ({
        metrics: () => `process_start_time_seconds ${at}`,
        reports: 'never',
      });
      return { urls: [await balancer(await start(pod(1)), await start(pod(2))), await start({})] };
    },
    outcome: 'fail',
    complaints: [
      'engine-kind inconclusive',
      'engine-metrics inconclusive',
      'tokenize inconclusive',
      'one-engine-per-address fail',
      'cached-tokens inconclusive',
    ],
  },
  {
    name: 'one address for two engines, twice (a Kubernetes Service)',
    arrange: async () => {
      const pods = await servicePods();
      return { urls: [await balancer(...pods), await balancer(...pods)] };
    },
    outcome: 'fail',
    complaints: ['one-engine-per-address fail'],
    remedies: [/address of every engine itself/],
  },
  {
    name: 'one address for two engines without counters',
    arrange: async () => ({
      urls: [await balancer(await start({}), await start({})), await start({})],
    }),
    outcome: 'inconclusive',
    complaints: [
      'engine-kind inconclusive',
      'engine-metrics inconclusive',
      'tokenize inconclusive',
      'one-engine-per-address inconclusive',
    ],
  },
  {
    name: 'one address for two engines that say their names',
    arrange: async () => ({
      urls: [
        await balancer(await start({ servedBy: 'pod-a' }), await start({ servedBy: 'pod-b' })),
        await start({}),
      ],
    }),
    outcome: 'fail',
    complaints: [
      'engine-kind inconclusive',
      'engine-metrics inconclusive',
      'tokenize inconclusive',
      'one-engine-per-address fail',
    ],
  },
  {
    name: 'a gateway alone',
    arrange: async () => ({ urls: [], changes: { gatewayUrl: await start(vllmHabits()) } }),
    outcome: 'pass',
    complaints: [NO_NAMES],
  },
  {
    name: 'a gateway alone that names the engine in a header of its own',
    arrange: async () => ({
      urls: [],
      changes: {
        gatewayUrl: await start({ headers: { 'x-worker': 'w1' } }),
        servedByHeaders: ['x-worker'],
      },
    }),
    outcome: 'pass',
    complaints: [],
  },
  {
    name: 'a gateway that turns at random before its engines',
    arrange: async () => {
      const pods = await servicePods();
      return { urls: pods, changes: { gatewayUrl: await balancer(...pods) } };
    },
    outcome: 'pass',
    complaints: [NO_NAMES],
  },
  {
    name: 'a key that is wanted and not given',
    arrange: async () => ({
      urls: await two({ ...vllmHabits(), apiKey: 'k' }),
      changes: { model: 'm' },
    }),
    outcome: 'error',
    complaints: ['models error'],
    remedies: [/--api-key-env/],
  },
  {
    name: 'a key that is refused',
    arrange: async () => ({
      urls: await two({ ...vllmHabits(), apiKey: 'k' }),
      changes: { model: 'm', access: accessBy('wrong') },
    }),
    outcome: 'error',
    complaints: ['models error'],
    remedies: [/is refused: check its value/],
  },
  {
    name: 'a dashboard instead of an API',
    arrange: async () => ({
      urls: await two({ page: { status: 200, type: 'text/html', text: '<html>Sign in</html>' } }),
    }),
    outcome: 'error',
    complaints: ['models error'],
    remedies: [/login page/],
  },
  {
    name: 'https where http is spoken',
    arrange: async () => ({
      urls: (await two(vllmHabits())).map((url) => url.replace('http:', 'https:')),
    }),
    outcome: 'error',
    complaints: ['models error'],
    remedies: [/http:\/\//],
  },
  {
    name: 'http where https is spoken',
    arrange: async () => ({
      urls: await two({
        page: {
          status: 400,
          type: 'text/plain',
          text: 'Client sent an HTTP request to an HTTPS server.',
        },
      }),
    }),
    outcome: 'error',
    complaints: ['models error'],
    remedies: [/https:\/\//],
  },
  {
    name: 'an engine that refuses everything, list and prompt',
    arrange: async () => ({
      urls: await two({
        page: { status: 503, type: 'application/json', text: '{"error":"loading"}' },
      }),
    }),
    outcome: 'error',
    complaints: [
      'models inconclusive',
      'engine-kind inconclusive',
      'engine-metrics inconclusive',
      'tokenize inconclusive',
      'completion error',
    ],
    remedies: [/until the model is loaded/],
  },
  {
    name: 'a model that is not served',
    arrange: async () => ({ urls: await two(vllmHabits()), changes: { model: 'other' } }),
    outcome: 'error',
    complaints: ['models error'],
    remedies: [/--model/],
  },
  {
    name: 'nobody there',
    arrange: () => Promise.resolve({ urls: ['http://127.0.0.1:1'] }),
    outcome: 'error',
    complaints: ['models error'],
    remedies: [/host, port and scheme/],
  },
];

describe('doctor on any deployment', () => {
  it.each(deployments)(
    '$name: $outcome',
    async ({ arrange, outcome, complaints: expected, remedies = [] }) => {
      const { urls, changes } = await arrange();
      const found = await examined(urls, changes);
      expect(complaints(found.findings)).toEqual(expected);
      expect(found.outcome).toBe(outcome);
      const said = found.findings.map((it) => it.remedy);
      for (const remedy of remedies) expect(said).toContainEqual(expect.stringMatching(remedy));
    },
  );

  it('hands its findings to programs, engine by engine', async () => {
    const { findings } = await examined([
      await start(vllmHabits()),
      await start({ ...vllmHabits(), reports: 'hits' }),
    ]);
    const facts = findings.filter((it) => it.id === 'cached-tokens').map((it) => it.facts);
    expect(facts).toMatchObject([
      { engine: 'e0', reports: 'always', firstCached: 0, repeatsToHit: 1 },
      { engine: 'e1', reports: 'hits', firstCached: null, repeatsToHit: 1 },
    ]);
    const hits = facts.map((it) => it!['repeatCached'] === it!['countedHits']);
    expect(hits).toEqual([true, true]);
  });
});
