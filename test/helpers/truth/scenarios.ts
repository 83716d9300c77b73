import * as controllers from './controller.ts';
import type { EngineLatency, EngineOptions } from './engine.ts';
import * as liars from './liars.ts';
import * as policies from './policies.ts';
import type { Claim, Outcome } from './run-verify.ts';
import type { WorldOptions } from './world.ts';

/** A deployment that deceives, or only looks as if, and what may be said of it. */
export interface Scenario {
  id: string;
  /** What is wrong, in one sentence; the row of the table in docs/verify-liars.md. */
  what: string;
  /** Made anew for each run: lies remember. */
  world: () => Omit<WorldOptions, 'seed'>;
  flags?: Record<string, string>;
  /** Outcomes that would be false. */
  never: Partial<Record<Claim | 'run', readonly Outcome[]>>;
  /** Causes that are right; to name none is right everywhere. */
  causes: readonly string[];
}

const HEADER = 'x-kvcache-endpoint';
const aware = (): policies.Policy => policies.perfect();
const blind = (): policies.Policy => policies.random();

/** Fast, but slow enough that a prompt which is not cached takes visibly longer. */
const MODELLED: EngineLatency = { baseMs: 2, perTokenMs: 0.06, sigma: 0.1 };
const modelled = (): Partial<EngineOptions> => ({ latency: MODELLED });
/** Gains need the arm without a cache and fewer requests at once, lest queues hide them. */
const GAINS = { arms: 'ABCDN', concurrency: '2', rounds: '6' };

const NO_PASS: readonly Outcome[] = ['pass'];
const NO_FAIL: readonly Outcome[] = ['fail'];

const HONEST_NEVER: Scenario['never'] = {
  'hit-rate': NO_FAIL,
  'routing-gain': NO_FAIL,
  'requests-succeed': NO_FAIL,
  run: NO_FAIL,
};

/** Told the truth: these must not fail, or the rest proves nothing. */
const HONEST: readonly Scenario[] = [
  {
    id: 'honest',
    what: 'Nothing: a perfect router that names the server.',
    world: () => ({ policy: aware, namesIn: HEADER, engine: modelled, obeysPolicyHeader: true }),
    flags: GAINS,
    never: HONEST_NEVER,
    causes: [],
  },
  {
    id: 'honest-silent',
    what: 'Nothing: a perfect router, engines that report no cached tokens (vLLM’s default), nobody names anybody.',
    world: () => ({ policy: aware, engine: () => ({ dialect: 'silent', ...modelled() }) }),
    flags: GAINS,
    never: HONEST_NEVER,
    causes: [],
  },
  {
    id: 'honest-mute',
    what: 'Nothing: a perfect router before engines without cached tokens and without /metrics.',
    world: () => ({ policy: aware, engine: () => ({ dialect: 'mute', ...modelled() }) }),
    flags: GAINS,
    never: HONEST_NEVER,
    causes: [],
  },
  {
    id: 'honest-learner',
    what: 'Nothing: a router that remembers what it routed, and no controller.',
    world: () => ({ policy: policies.prefixMemory, engine: modelled }),
    flags: GAINS,
    never: HONEST_NEVER,
    causes: [],
  },
];

const ROUTING: readonly Scenario[] = [
  {
    id: 'random',
    what: 'The gateway ignores what it knows and routes at random.',
    world: () => ({ policy: blind, namesIn: HEADER }),
    never: { 'hit-rate': NO_PASS, 'routing-gain': NO_PASS, run: NO_PASS },
    causes: ['hint-ignored', 'no-affinity'],
  },
  {
    id: 'random-null-on-miss',
    what: 'Random routing, nobody names the server, and a miss is reported as null (vLLM 0.21).',
    world: () => ({ policy: blind, engine: () => ({ dialect: 'vllm-0.21' }) }),
    never: { 'hit-rate': NO_PASS, 'routing-gain': NO_PASS, run: NO_PASS },
    causes: ['hint-ignored', 'no-affinity'],
  },
  {
    id: 'random-of-three',
    what: 'Random routing over three engines, nobody names the server.',
    world: () => ({ policy: blind, engineCount: 3 }),
    never: { 'hit-rate': NO_PASS, 'routing-gain': NO_PASS, run: NO_PASS },
    causes: ['hint-ignored', 'no-affinity'],
  },
  {
    id: 'random-silent',
    what: 'Random routing; no names, no cached tokens, counters only.',
    world: () => ({ policy: blind, engine: () => ({ dialect: 'silent' }) }),
    never: { 'hit-rate': NO_PASS, 'routing-gain': NO_PASS, run: NO_PASS },
    causes: ['hint-ignored', 'no-affinity'],
  },
  {
    id: 'random-mute',
    what: 'Random routing; no names, no cached tokens, no counters.',
    world: () => ({ policy: blind, engine: () => ({ dialect: 'mute' }) }),
    never: { 'hit-rate': NO_PASS, 'routing-gain': NO_PASS, run: NO_PASS },
    causes: ['hint-ignored', 'no-affinity'],
  },
  {
    id: 'always-one',
    what: 'Everything goes to one engine.',
    world: () => ({ policy: () => policies.alwaysOne(), namesIn: HEADER }),
    never: { 'hit-rate': NO_PASS, run: NO_PASS },
    causes: ['always-one-engine', 'hot-spot', 'hint-ignored'],
  },
  {
    id: 'always-wrong',
    what: 'Never the engine that holds the prefix.',
    world: () => ({ policy: policies.alwaysWrong, namesIn: HEADER }),
    never: { 'hit-rate': NO_PASS, 'routing-gain': NO_PASS, run: NO_PASS },
    causes: ['hint-ignored', 'no-affinity', 'wrong-instance-ids'],
  },
  {
    id: 'exact-only',
    what: 'The gateway remembers whole prompts only.',
    world: () => ({ policy: policies.exactMemory, namesIn: HEADER }),
    never: { 'hit-rate': NO_PASS, 'routing-gain': NO_PASS, run: NO_PASS },
    causes: ['exact-repeats-only'],
  },
  {
    id: 'hot-spot',
    what: 'Four requests of five go to one engine, whatever they ask.',
    world: () => ({ policy: () => policies.weighted(), namesIn: HEADER }),
    never: { 'hit-rate': NO_PASS, 'routing-gain': NO_PASS, run: NO_PASS },
    causes: ['hot-spot', 'hint-ignored', 'no-affinity'],
  },
];

const EVIDENCE: readonly Scenario[] = [
  {
    id: 'names-the-holder',
    what: 'The header names the engine that holds the prefix; the request went anywhere.',
    world: () => ({ policy: blind, namesIn: HEADER, lies: [liars.namesTheHolder()] }),
    never: { 'hit-rate': NO_PASS, 'routing-gain': NO_PASS, run: NO_PASS },
    causes: ['evidence-contradicts', 'tokens-it-cannot-have', 'hint-ignored', 'no-affinity'],
  },
  {
    id: 'names-anyone',
    what: 'The routing is right, but the header names engines at random.',
    world: () => ({
      policy: aware,
      namesIn: HEADER,
      lies: [liars.namesAnyOf(['engine-a', 'engine-b'])],
    }),
    never: { 'hit-rate': NO_FAIL, 'requests-succeed': NO_FAIL },
    causes: ['evidence-contradicts', 'tokens-it-cannot-have'],
  },
  {
    id: 'reports-prediction',
    what: 'The gateway overwrites usage.cached_tokens with what it expected and routes at random.',
    world: () => ({ policy: blind, lies: [liars.reportsPrediction()] }),
    never: { 'hit-rate': NO_PASS, 'routing-gain': NO_PASS, run: NO_PASS },
    causes: ['evidence-contradicts', 'tokens-it-cannot-have', 'hint-ignored', 'no-affinity'],
  },
  {
    id: 'hides-cached-tokens',
    what: 'The gateway strips the cached tokens; the routing is right.',
    world: () => ({ policy: aware, lies: [liars.hidesCachedTokens()] }),
    never: { 'hit-rate': NO_FAIL, 'requests-succeed': NO_FAIL },
    causes: [],
  },
  {
    id: 'claims-everything',
    what: 'The engines report every prompt as cached; the routing is random.',
    world: () => ({
      policy: blind,
      engine: () => ({ claims: (_cached, prompt) => Math.floor((prompt - 1) / 16) * 16 }),
    }),
    never: { 'hit-rate': NO_PASS, 'routing-gain': NO_PASS, run: NO_PASS },
    causes: ['evidence-contradicts', 'tokens-it-cannot-have'],
  },
];

const WITHOUT_ENGINE: readonly Scenario[] = [
  {
    id: 'fabricates-all',
    what: 'The gateway makes up every answer.',
    world: () => ({
      policy: aware,
      namesIn: HEADER,
      lies: [liars.fabricates(liars.always)],
      engine: modelled,
    }),
    flags: GAINS,
    never: { 'hit-rate': NO_PASS, 'routing-gain': NO_PASS, run: NO_PASS },
    causes: ['answered-without-engine', 'response-cache'],
  },
  {
    id: 'fabricates-hits',
    what: 'The gateway makes up an answer whenever an engine holds the prompt.',
    world: () => ({
      policy: aware,
      namesIn: HEADER,
      lies: [liars.fabricates(liars.onKnown)],
      engine: modelled,
    }),
    flags: GAINS,
    never: { 'hit-rate': NO_PASS, 'routing-gain': NO_PASS, run: NO_PASS },
    causes: ['answered-without-engine', 'response-cache'],
  },
  {
    id: 'fabricates-some',
    what: 'The gateway makes up one answer in five.',
    world: () => ({
      policy: aware,
      namesIn: HEADER,
      lies: [liars.fabricates(liars.sometimes(0.2))],
    }),
    never: { 'routing-gain': NO_PASS, run: NO_PASS },
    causes: ['answered-without-engine', 'response-cache'],
  },
  {
    id: 'response-cache',
    what: 'The gateway repeats its answer to an equal request; the routing is random.',
    world: () => ({ policy: blind, namesIn: HEADER, lies: [liars.cachesResponses()] }),
    never: { 'hit-rate': NO_PASS, 'routing-gain': NO_PASS, run: NO_PASS },
    causes: ['response-cache', 'answered-without-engine', 'hint-ignored', 'no-affinity'],
  },
];

const PROMPTS: readonly Scenario[] = [
  {
    id: 'system-prompt',
    what: 'The gateway puts a system prompt before every conversation.',
    world: () => ({ policy: aware, namesIn: HEADER, lies: [liars.addsSystemPrompt()] }),
    never: { 'requests-succeed': NO_FAIL },
    causes: ['prompt-rewritten'],
  },
  {
    id: 'stamped-prompts',
    what: 'The gateway puts the time before every prompt: nothing can be reused.',
    world: () => ({ policy: aware, namesIn: HEADER, lies: [liars.stampsPrompts()] }),
    never: { 'routing-gain': NO_PASS, run: NO_PASS },
    causes: ['prompt-rewritten'],
  },
  {
    id: 'shortened-prompts',
    what: 'The gateway leaves out words.',
    world: () => ({ policy: aware, namesIn: HEADER, lies: [liars.shortensPrompts()] }),
    never: { run: NO_PASS },
    causes: ['prompt-rewritten'],
  },
  {
    id: 'other-tokenizer',
    what: 'The gateway looks up other tokens than the engines compute.',
    world: () => ({
      controller: {},
      policy: ({ controllerUrl }) => controllers.followsController(controllerUrl, 7),
      namesIn: HEADER,
    }),
    never: { 'hit-rate': NO_PASS, 'routing-gain': NO_PASS, run: NO_PASS },
    causes: ['tokens-differ', 'hint-ignored'],
  },
];

const FAILURES: readonly Scenario[] = [
  {
    id: 'error-frames',
    what: 'Three streams of ten carry an error after their first token.',
    world: () => ({
      policy: aware,
      namesIn: HEADER,
      lies: [liars.breaksStreams(liars.sometimes(0.3))],
    }),
    never: { 'requests-succeed': NO_PASS, run: NO_PASS },
    causes: ['streams-broken', 'failures-hide-misses'],
  },
  {
    id: 'error-frame-in-routed',
    what: 'Every answer to a prompt that an engine holds carries an error after its first token.',
    world: () => ({
      policy: aware,
      namesIn: HEADER,
      lies: [liars.breaksStreams(liars.onKnown)],
    }),
    never: {
      'requests-succeed': NO_PASS,
      'hit-rate': NO_PASS,
      'routing-gain': NO_PASS,
      run: NO_PASS,
    },
    causes: ['streams-broken', 'failures-hide-misses'],
  },
  {
    id: 'ended-streams',
    what: 'Every stream ends after one token, in good order and without its end.',
    world: () => ({
      policy: aware,
      namesIn: HEADER,
      lies: [liars.endsStreams(1)],
      engine: modelled,
    }),
    flags: GAINS,
    never: {
      'requests-succeed': NO_PASS,
      'hit-rate': NO_PASS,
      'routing-gain': NO_PASS,
      run: NO_PASS,
    },
    causes: ['streams-broken', 'failures-hide-misses'],
  },
  {
    id: 'cut-streams',
    what: 'Three streams of ten break after one token.',
    world: () => ({
      policy: aware,
      namesIn: HEADER,
      lies: [liars.cutsStreams(1, liars.sometimes(0.3))],
    }),
    never: { 'requests-succeed': NO_PASS, run: NO_PASS },
    causes: ['streams-broken', 'failures-hide-misses'],
  },
  {
    id: 'no-done',
    what: 'Streams have everything but [DONE].',
    world: () => ({ policy: aware, namesIn: HEADER, lies: [liars.omitsDone()] }),
    // A finish reason ends an answer too: either reading is honest.
    never: { 'hit-rate': [] },
    causes: ['streams-broken'],
  },
  {
    id: 'refuses-misrouted',
    what: 'Requests that would have missed are answered 503; the routing is random.',
    world: () => ({
      policy: blind,
      namesIn: HEADER,
      lies: [liars.refuses(liars.onMisrouted, 503)],
    }),
    never: {
      'requests-succeed': NO_PASS,
      'hit-rate': NO_PASS,
      'routing-gain': NO_PASS,
      run: NO_PASS,
    },
    causes: ['failures-hide-misses', 'hint-ignored', 'no-affinity', 'too-many-errors'],
  },
  {
    id: 'error-bodies',
    what: 'One answer in ten has status 200 and an error for a body.',
    world: () => ({
      policy: aware,
      namesIn: HEADER,
      lies: [liars.refuses(liars.sometimes(0.1), 200)],
    }),
    never: { 'requests-succeed': NO_PASS, run: NO_PASS },
    causes: ['streams-broken', 'failures-hide-misses', 'too-many-errors'],
  },
  {
    id: 'rate-limit',
    what: 'More than one request at a time is answered 429.',
    world: () => ({
      policy: aware,
      namesIn: HEADER,
      lies: [liars.limitsInFlight(1)],
      engine: modelled,
    }),
    never: { 'requests-succeed': NO_PASS, run: NO_PASS },
    causes: ['rate-limited', 'too-many-errors', 'failures-hide-misses'],
  },
];

const CACHES: readonly Scenario[] = [
  {
    id: 'caching-off',
    what: 'The engines have no prefix cache.',
    world: () => ({
      policy: aware,
      namesIn: HEADER,
      engine: () => ({ ...modelled(), caches: false }),
    }),
    flags: GAINS,
    never: { 'hit-rate': NO_PASS, 'routing-gain': NO_PASS, 'cache-gain': NO_PASS, run: NO_PASS },
    causes: ['prefix-caching-off'],
  },
  {
    id: 'caching-off-slow-gateway',
    what: 'No prefix cache, and a gateway that adds 30 ms to everything.',
    world: () => ({
      policy: aware,
      namesIn: HEADER,
      engine: () => ({ ...modelled(), caches: false }),
      lies: [liars.delays(liars.always, 30)],
    }),
    flags: GAINS,
    never: { 'hit-rate': NO_PASS, 'routing-gain': NO_PASS, 'cache-gain': NO_PASS, run: NO_PASS },
    causes: ['prefix-caching-off', 'gateway-slow'],
  },
  {
    id: 'slow-on-hits',
    what: 'The gateway adds 60 ms to what it routes.',
    world: () => ({
      policy: aware,
      namesIn: HEADER,
      obeysPolicyHeader: true,
      engine: modelled,
      lies: [liars.delays(liars.onHits, 60)],
    }),
    flags: GAINS,
    never: { 'hit-rate': NO_FAIL, 'routing-gain': NO_PASS, run: NO_PASS },
    causes: ['gateway-slow'],
  },
  {
    id: 'slow-gateway',
    what: 'The gateway adds 60 ms to everything.',
    world: () => ({
      policy: aware,
      namesIn: HEADER,
      obeysPolicyHeader: true,
      engine: modelled,
      lies: [liars.delays(liars.always, 60)],
    }),
    flags: GAINS,
    never: { 'hit-rate': NO_FAIL },
    causes: ['gateway-slow'],
  },
  {
    id: 'eviction',
    what: 'The caches are smaller than a block of prompts.',
    world: () => ({
      policy: aware,
      namesIn: HEADER,
      engine: () => ({ capacityBlocks: 60 }),
    }),
    never: { 'routing-gain': NO_PASS, run: NO_PASS },
    causes: ['eviction'],
  },
  {
    id: 'unequal-engines',
    what: 'One engine is four times as slow; the routing is random.',
    world: () => ({
      policy: blind,
      namesIn: HEADER,
      engine: (index) => ({
        latency: {
          ...MODELLED,
          baseMs: index === 0 ? 8 : 2,
          perTokenMs: index === 0 ? 0.24 : 0.06,
        },
      }),
    }),
    flags: GAINS,
    never: { 'hit-rate': NO_PASS, 'routing-gain': NO_PASS, run: NO_PASS },
    causes: ['engines-unequal', 'hint-ignored', 'no-affinity'],
  },
];

const DEPLOYMENTS: readonly Scenario[] = [
  {
    id: 'one-process-named',
    what: 'Both addresses lead to one process; the gateway names either.',
    world: () => ({
      isOneProcess: true,
      policy: () => policies.alwaysOne(),
      namesIn: HEADER,
      lies: [liars.namesAnyOf(['engine-a', 'engine-b'])],
    }),
    never: { 'hit-rate': NO_PASS, 'routing-gain': NO_PASS, run: NO_PASS },
    causes: ['one-process', 'engines-are-one-process', 'evidence-contradicts'],
  },
  {
    id: 'one-process-one-name',
    what: 'Both addresses lead to one process; the gateway always names the first.',
    world: () => ({
      isOneProcess: true,
      policy: () => policies.alwaysOne(),
      namesIn: HEADER,
    }),
    never: { 'hit-rate': NO_PASS, 'routing-gain': NO_PASS, run: NO_PASS },
    causes: ['one-process', 'engines-are-one-process', 'evidence-contradicts', 'always-one-engine'],
  },
  {
    id: 'one-process-silent',
    what: 'Both addresses lead to one process; nobody names anybody.',
    world: () => ({ isOneProcess: true, policy: () => policies.alwaysOne() }),
    never: { 'hit-rate': NO_PASS, 'routing-gain': NO_PASS, run: NO_PASS },
    causes: ['one-process', 'engines-are-one-process', 'evidence-contradicts'],
  },
  {
    id: 'retries',
    what: 'The gateway sends every request twice and hands on the second answer; the routing is random.',
    world: () => ({ policy: blind, namesIn: HEADER, lies: [liars.retries()] }),
    never: { 'hit-rate': NO_PASS, 'routing-gain': NO_PASS, run: NO_PASS },
    causes: ['repeated-requests'],
  },
  {
    id: 'hedging',
    what: 'The gateway sends every request to two engines and hands on the first answer.',
    world: () => ({ policy: blind, engineCount: 3, lies: [liars.hedges()] }),
    never: { 'routing-gain': NO_PASS, run: NO_PASS },
    causes: ['repeated-requests'],
  },
  {
    id: 'strangers',
    what: 'Somebody else uses the engines.',
    world: () => ({ policy: aware, namesIn: HEADER, foreignPerSecond: 50 }),
    never: { 'hit-rate': NO_FAIL, run: NO_PASS },
    causes: ['foreign-traffic'],
  },
  {
    id: 'restart',
    what: 'An engine restarts in the middle.',
    world: () => ({ policy: aware, namesIn: HEADER, restartAfter: 20 }),
    never: { run: NO_PASS },
    causes: ['counter-reset', 'eviction'],
  },
  {
    id: 'reasoning',
    what: 'Nothing is wrong: the model’s first tokens are thoughts, under `reasoning`.',
    world: () => ({ policy: aware, namesIn: HEADER, engine: () => ({ output: 'reasoning' }) }),
    never: { 'hit-rate': NO_FAIL, 'requests-succeed': NO_FAIL },
    causes: [],
  },
  {
    id: 'reasoning-content',
    what: 'Nothing is wrong: the thoughts come under `reasoning_content`.',
    world: () => ({
      policy: aware,
      namesIn: HEADER,
      engine: () => ({ output: 'reasoning_content' }),
    }),
    never: { 'hit-rate': NO_FAIL, 'requests-succeed': NO_FAIL },
    causes: [],
  },
  {
    id: 'tool-calls',
    what: 'Nothing is wrong: every answer is a tool call.',
    world: () => ({ policy: aware, namesIn: HEADER, engine: () => ({ output: 'tool_calls' }) }),
    never: { 'hit-rate': NO_FAIL, 'requests-succeed': NO_FAIL },
    causes: [],
  },
];

/** A gateway that follows a controller, which tells what this lie makes of the truth. */
function controlled(
  id: string,
  what: string,
  { lie, causes }: { lie: () => controllers.IndexLie; causes: readonly string[] },
): Scenario {
  return {
    id,
    what,
    world: () => ({
      controller: { lie: lie() },
      policy: ({ controllerUrl }) => controllers.followsController(controllerUrl),
      namesIn: HEADER,
    }),
    never: { 'hit-rate': NO_PASS, 'routing-gain': NO_PASS, run: NO_PASS },
    causes,
  };
}

const swap = (id: string): string => (id === 'engine-a' ? 'engine-b' : 'engine-a');

const CONTROLLERS: readonly Scenario[] = [
  controlled('controller-frozen', 'The controller stops learning after its first lookups.', {
    lie: () => controllers.frozenAfter(4),
    causes: ['stale-index', 'empty-index'],
  }),
  controlled('controller-static', 'The controller always names engine-b.', {
    lie: () => controllers.alwaysNames('engine-b'),
    causes: ['wrong-instance-ids', 'always-one-engine', 'stale-index', 'hot-spot'],
  }),
  controlled('controller-empty', 'The controller knows nothing.', {
    lie: () => controllers.knowsNothing(),
    causes: ['empty-index', 'stale-index'],
  }),
  controlled('controller-swapped', 'The controller has the two engines’ names swapped.', {
    lie: () => controllers.renames(swap),
    causes: ['wrong-instance-ids'],
  }),
  controlled('controller-unknown-ids', 'The controller names engines as nobody else does.', {
    lie: () => controllers.renames((id) => `pod-${id}`),
    causes: ['wrong-instance-ids'],
  }),
];

const EVICTED: Scenario = {
  ...controlled('controller-never-forgets', 'The controller lists what was evicted long ago.', {
    lie: () => controllers.neverForgets(),
    causes: ['eviction', 'stale-index'],
  }),
};

export const SCENARIOS: readonly Scenario[] = [
  ...HONEST,
  ...ROUTING,
  ...EVIDENCE,
  ...WITHOUT_ENGINE,
  ...PROMPTS,
  ...FAILURES,
  ...CACHES,
  ...DEPLOYMENTS,
  ...CONTROLLERS,
  {
    ...EVICTED,
    world: () => ({ ...EVICTED.world(), engine: () => ({ capacityBlocks: 60 }) }),
    never: { 'routing-gain': NO_PASS, run: NO_PASS },
  },
];
