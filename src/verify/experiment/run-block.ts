import { sumOf } from '../../base/lists.ts';
import { sleep } from '../../base/clock.ts';
import { createRandom, mixSeed } from '../../base/random.ts';
import { shuffled } from '../../base/shuffled.ts';
import type { PromptPair, PromptPairs } from '../../load/pairs.ts';
import type { Sample } from '../../load/sample.ts';
import { type CounterSnapshot, counterDelta } from '../../target/counters.ts';
import type { Deployment } from '../../target/deployment.ts';
import type { EngineTarget } from '../../target/targets.ts';
import { TIMING } from '../../target/timing.ts';
import { type ExperimentFacts, type MeasuredSample } from '../evidence/measured.ts';
import type { BlockCount, PhaseCount } from '../evidence/block-count.ts';
import type { ArmId } from '../result/result-arms.ts';
import type { RoundCost } from './budget.ts';
import type { CounterWatch } from './counter-watch.ts';
import { type Admission, type Lookups, NOT_ASKED } from './lookups.ts';
import type { Dispatch, Sender } from './sender.ts';

/** How arm B is made, most like arm C first. */
export type RoutingOff = 'policy-header' | 'baseline-gateway' | 'direct';

export interface BlockRunner {
  deployment: Deployment;
  sender: Sender;
  watch: CounterWatch;
  pairs: PromptPairs;
  /** Undefined where nobody tells who holds a prompt. */
  lookups: Lookups | undefined;
  /** Whether the gateway can know what it did not route itself. */
  priming: 'straight' | 'gateway';
  /** What knows it learns it from elsewhere, in its own time. */
  settlesIndex: boolean;
  routingOff: RoutingOff;
  baselineUrl: string | null;
  outputTokens: number;
  /** Leading tokens of a pair that the engines can reuse. */
  reusableTokens: number;
  seed: number;
  /** Takes every measured request as soon as it is answered: what ends the run must not lose it. */
  record: (sample: MeasuredSample) => void;
}

export interface BlockPlan {
  arm: ArmId;
  round: number;
  requests: number;
  concurrency: number;
}

export interface BlockResult {
  samples: MeasuredSample[];
  count: BlockCount;
  cost: RoundCost;
}

/** One measured request as planned. */
interface Planned {
  id: string;
  pair: PromptPair;
  /** Engine that gets the prime; undefined where the gateway chooses. */
  holder: EngineTarget | undefined;
  /** Engine asked directly; undefined through a gateway. */
  asked: EngineTarget | undefined;
}

/**
 * One block: look at the counters, prime (unmeasured but for what is cold in arm D), let whoever keeps an
 * index hear of it, measure, look again. Nothing else of ours runs meanwhile.
 */
export async function runBlock(runner: BlockRunner, plan: BlockPlan): Promise<BlockResult> {
  const { watch } = runner;
  const requests = planRequests(runner, plan);
  const before = await watch.look();
  const primed = await prime(runner, plan, requests);
  const isStraight = requests.every((it) => it.holder !== undefined);
  const between = await watch.settle(before, answered(primed), isStraight);
  const admissions = await admit(runner, plan, requests);
  // Not in the order of the primes: connections and turns must not bring a request back by themselves.
  const order = shuffled([...requests.keys()], mixSeed(runner.seed, 'order', plan.arm, plan.round));
  const samples = await measure(
    runner,
    plan,
    order.map((index) => ({ request: requests[index]!, admission: admissions[index]! })),
  );
  const isDirect = requests.every((it) => it.asked !== undefined);
  const after = await watch.settle(between, answered(samples), isDirect);
  return {
    samples,
    count: {
      arm: plan.arm,
      round: plan.round,
      planned: plan.requests,
      primes: countOf(primed, { delta: counterDelta(before, between), isThrough: !isStraight }),
      measured: countOf(samples, { delta: counterDelta(between, after), isThrough: !isDirect }),
    },
    cost: costOf(primed, samples, runner),
  };
}

/** Requests that some engine must have answered, or nobody has. */
function answered(samples: readonly Sample[]): number {
  return samples.filter((it) => it.failure === undefined).length;
}

function countOf(
  samples: readonly Sample[],
  { delta, isThrough }: { delta: CounterSnapshot; isThrough: boolean },
): PhaseCount {
  const certain = answered(samples);
  return {
    certain,
    uncertain: samples.length - certain,
    throughGateway: isThrough ? samples.length : 0,
    promptTokens: sumOf(samples, (it) => it.promptTokens ?? 0),
    delta,
  };
}

function costOf(
  primed: readonly Sample[],
  samples: readonly Sample[],
  { pairs }: BlockRunner,
): RoundCost {
  const all = [...primed, ...samples];
  return {
    requests: all.length,
    promptTokens: sumOf(all, (it) => it.promptTokens ?? pairs.promptTokens),
    outputTokens: sumOf(all, (it) => it.outputTokens ?? 0),
  };
}

/** Every engine equally often, in random order: an order would chime with a round-robin gateway. */
function planRequests(runner: BlockRunner, { arm, round, requests }: BlockPlan): Planned[] {
  const { deployment, pairs, seed } = runner;
  const { engines } = deployment;
  const random = createRandom(mixSeed(seed, 'asked', arm, round));
  const even = Array.from({ length: requests }, (_, index) => (index + round) % engines.length);
  const holders = shuffled(even, mixSeed(seed, 'holders', arm, round)).map((it) => engines[it]);
  const isStraight = arm === 'B' || arm === 'D' || runner.priming === 'straight';
  return Array.from({ length: requests }, (_, index) => {
    const id = `${arm}/${round}/${index}`;
    const holder = isStraight ? holders[index] : undefined;
    const drawn = engines[random.int(Math.max(1, engines.length))];
    const asked =
      arm === 'D' ? holder : arm === 'B' && runner.routingOff === 'direct' ? drawn : undefined;
    return { id, pair: arm === 'A' ? pairs.uncacheable(id) : pairs.cacheable(id), holder, asked };
  });
}

/** The primes of arm D are cold and go straight to the engine that is measured warm: they are arm P. */
async function prime(
  runner: BlockRunner,
  { arm, round, concurrency }: BlockPlan,
  requests: readonly Planned[],
): Promise<Sample[]> {
  const { sender, deployment, outputTokens } = runner;
  const isCold = arm === 'D';
  const dispatches = requests.map(({ id, pair, holder }) => ({
    url: holder?.url ?? deployment.gateway.url,
    prompt: pair.prime,
    outputTokens: isCold ? outputTokens : 1,
    name: id,
  }));
  return sender.send('prime', dispatches, {
    labels: { phase: 'measure', arm: 'P', block: round },
    concurrency,
    ...(isCold && {
      record: (sample: Sample, index: number) =>
        runner.record(measured('P', sample, factsOf(runner, requests[index]!, NOT_ASKED, true))),
    }),
  });
}

/** Gives the gateway's own index a moment, and waits until whoever tells us lists what was primed. */
async function admit(
  runner: BlockRunner,
  { arm, concurrency }: BlockPlan,
  requests: readonly Planned[],
): Promise<Admission[]> {
  const { lookups, deployment } = runner;
  const isAwaited = runner.settlesIndex && (arm === 'C' || arm === 'N');
  if (isAwaited) await sleep(deployment.clock, TIMING.indexSettleMs, deployment.signal);
  if (!lookups) return requests.map(() => NOT_ASKED);
  // One deadline for all: one that lists nothing must not be waited for by each.
  const endMs = deployment.clock.nowMs() + lookups.deadlineMs;
  const admissions: Admission[] = [];
  for (let from = 0; from < requests.length; from += concurrency) {
    const some = requests.slice(from, from + concurrency);
    const leftMs = Math.max(0, endMs - deployment.clock.nowMs());
    admissions.push(
      ...(await Promise.all(some.map((it) => lookups.find(it.pair.measured, leftMs)))),
    );
  }
  return admissions;
}

async function measure(
  runner: BlockRunner,
  { arm, round, concurrency }: BlockPlan,
  requests: readonly { request: Planned; admission: Admission }[],
): Promise<MeasuredSample[]> {
  const facts = requests.map((it) => factsOf(runner, it.request, it.admission, arm === 'A'));
  const samples = await runner.sender.send(
    'measure',
    requests.map((it) => dispatchOf(runner, arm, it.request)),
    {
      labels: { phase: 'measure', arm, block: round },
      concurrency,
      record: (sample, index) => runner.record(measured(arm, sample, facts[index]!)),
    },
  );
  return samples.map((sample, index) => measured(arm, sample, facts[index]!));
}

function measured(arm: ArmId, sample: Sample, experiment: ExperimentFacts): MeasuredSample {
  return { ...sample, arm, experiment };
}

function dispatchOf(runner: BlockRunner, arm: ArmId, { id, pair, asked }: Planned): Dispatch {
  const { deployment, routingOff, baselineUrl, outputTokens } = runner;
  const isOff = arm === 'B';
  const gateway =
    isOff && routingOff === 'baseline-gateway' ? baselineUrl! : deployment.gateway.url;
  return {
    url: asked?.url ?? gateway,
    prompt: pair.measured,
    outputTokens,
    ...(isOff && routingOff === 'policy-header' && { policy: 'round-robin' }),
    name: id,
  };
}

/** @param isNew nothing of it was primed */
function factsOf(
  { pairs, reusableTokens }: BlockRunner,
  { id, holder, asked }: Planned,
  admission: Admission,
  isNew: boolean,
): ExperimentFacts {
  return {
    requestId: id,
    holderId: holder?.id ?? null,
    directId: asked?.id ?? null,
    ...admission,
    promptTokens: pairs.promptTokens,
    sharedTokens: isNew ? pairs.floorTokens : pairs.sharedTokens,
    reusableTokens: isNew ? 0 : reusableTokens,
  };
}
