import { PromptPairs } from '../../load/pairs.ts';
import { reusableTokens } from '../../target/alignment.ts';
import type { Deployment } from '../../target/deployment.ts';
import { kvCapacity } from '../../target/engine-profile.ts';
import { compareAll } from '../judge/comparisons.ts';
import { observedRun } from '../result/observed.ts';
import type { Comparison } from '../result/result-arms.ts';
import { runControls } from './controls.ts';
import { CounterWatch } from './counter-watch.ts';
import { DOSE_REPEATS, measureDoses } from './doses.ts';
import { requestEvent, type VerifyEvent } from './events.ts';
import { runExperiment } from './experiment.ts';
import { addCost } from './budget.ts';
import type { Ledger } from './ledger.ts';
import type { VerifyOptions } from './options.ts';
import { type Probed, probeRouting, type ProbeSetting } from './probe-routing.ts';
import type { BlockRunner, RoutingOff } from './run-block.ts';
import { Sender } from './sender.ts';
import { announceCost, fitted, measurableArms } from './sizing.ts';

/** Blocks that the shared part of a prompt spans at least: with one, the last token may undo it. */
const BLOCKS_MIN = 2;

interface Measurement extends ProbeSetting {
  onEvent: (event: VerifyEvent) => void;
}

/** Prompts, routing, controls, doses and the experiment, in this order, into the ledger. */
export async function measure(
  options: VerifyOptions,
  ledger: Ledger,
  deployment: Deployment,
): Promise<void> {
  const onEvent = options.onEvent ?? ((): void => {});
  const sender = new Sender(deployment, options.plan);
  try {
    onEvent({ type: 'phase', phase: 'prompts' });
    const pairs = await preparePrompts(options, ledger, deployment);
    const sizes = ledger.sizes!;
    const measurement = { options, ledger, deployment, sender, pairs, sizes, onEvent };
    onEvent({ type: 'phase', phase: 'routing' });
    const probed = await probeRouting(measurement);
    const requestMs = await measureEffect(measurement);
    await experiment(measurement, probed, requestMs);
    onEvent({ type: 'phase', phase: 'judging' });
  } finally {
    // A step that was stopped has not said what it cost.
    for (const name of ['requests', 'promptTokens', 'outputTokens'] as const) {
      ledger.spent[name] = Math.max(ledger.spent[name], sender.spent[name]);
    }
    await sender.close();
  }
}

async function preparePrompts(
  { plan }: VerifyOptions,
  ledger: Ledger,
  deployment: Deployment,
): Promise<PromptPairs> {
  const profiles = await deployment.profiles();
  ledger.engineVersions = Object.fromEntries(
    profiles.map(({ engine, version }) => [engine.id, version]),
  );
  ledger.engineKinds = Object.fromEntries(
    profiles.map(({ engine, kind }) => [engine.id, kind.name]),
  );
  ledger.capacity = kvCapacity(profiles);
  const { blockTokens } = ledger.capacity;
  const lengthMax = await deployment.maxModelTokens();
  const pairs = await PromptPairs.fit({
    ruler: await deployment.ruler(),
    seed: plan.seed,
    nonce: plan.nonce,
    sharedTokens: Math.max(plan.prefixTokens, BLOCKS_MIN * blockTokens),
    lengthMax: lengthMax === undefined ? undefined : lengthMax - plan.outputTokens,
  });
  const { promptTokens, sharedTokens, floorTokens } = pairs;
  ledger.sizes = {
    promptTokens,
    sharedTokens,
    floorTokens,
    reusableTokens: reusableTokens(sharedTokens, promptTokens, blockTokens),
  };
  return pairs;
}

/**
 * How large the cache's effect is on engines with nothing else to do. Returns what a request took, half of
 * them cold and half of them primes, as in the experiment; undefined where no engine can be asked.
 */
async function measureEffect(measurement: Measurement): Promise<number | undefined> {
  const { options, ledger, deployment, sender, pairs, sizes, onEvent } = measurement;
  const { engines } = deployment;
  if (engines.length === 0) return undefined;
  const { controlPairs, outputTokens, seed } = options.plan;
  const setting = { engines, sender, pairs };
  onEvent({ type: 'phase', phase: 'controls' });
  const { clock } = options;
  const startMs = clock.nowMs();
  const controls = await runControls(setting, { pairs: controlPairs, outputTokens, seed });
  const requestMs = (clock.nowMs() - startMs) / controls.requests;
  ledger.controls = controls.evidence;
  ledger.trust = { ...ledger.trust, reporters: controls.reporters };
  onEvent({ type: 'phase', phase: 'dose-response' });
  const { blockTokens } = ledger.capacity;
  const doses = await measureDoses(setting, { repeats: DOSE_REPEATS, blockTokens, seed });
  ledger.doses = doses.doses;
  const requests = controls.requests + doses.requests;
  addCost(ledger.spent, {
    requests,
    promptTokens: requests * sizes.promptTokens,
    outputTokens: requests * outputTokens,
  });
  return requestMs;
}

async function experiment(
  measurement: Measurement,
  { lookups }: Probed,
  requestMs: number | undefined,
): Promise<void> {
  const { options, ledger, deployment, sender, pairs, sizes, onEvent } = measurement;
  ledger.routingOff = routingOffOf(measurement);
  const arms = measurableArms(options, deployment.engines.length);
  const plan = fitted({ ...options.plan, arms }, ledger, sizes.promptTokens);
  announceCost({ ...options, plan }, ledger, requestMs);
  const runner: BlockRunner = {
    deployment,
    sender,
    watch: await CounterWatch.of(deployment),
    pairs,
    lookups,
    ...primingOf(measurement),
    routingOff: ledger.routingOff,
    baselineUrl: options.baselineGatewayUrl,
    outputTokens: plan.outputTokens,
    reusableTokens: sizes.reusableTokens,
    seed: plan.seed,
    record: (sample) => {
      ledger.samples.push(sample);
      options.record?.(sample);
      onEvent({ type: 'request', ...requestEvent(sample) });
    },
  };
  onEvent({ type: 'phase', phase: 'experiment' });
  const compare = (): Comparison[] => compareAll(observedRun(options, ledger), plan);
  const { deadlineMs = Infinity } = options;
  await runExperiment({ runner, plan, ledger, deadlineMs, onEvent, compare });
}

function routingOffOf({ options, ledger }: Measurement): RoutingOff {
  if (options.baselineGatewayUrl !== null) return 'baseline-gateway';
  return ledger.routing?.honoursPolicyHeader ? 'policy-header' : 'direct';
}

/** A gateway that learns from what it routes has to route the primes. */
function primingOf({
  options,
  ledger,
  deployment,
}: Measurement): Pick<BlockRunner, 'priming' | 'settlesIndex'> {
  const learns = options.learns === 'auto' ? ledger.routing!.learns : options.learns;
  const isStraight = deployment.engines.length > 0 && learns === 'index';
  return {
    priming: isStraight ? 'straight' : 'gateway',
    // That we heard of it is not that the gateway has.
    settlesIndex: isStraight && deployment.holdersBy !== 'controller',
  };
}
