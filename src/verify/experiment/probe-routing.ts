import { meanOf, sumOf } from '../../base/lists.ts';
import { learnsOf } from '../evidence/routing.ts';
import { countedEngine, scoreSources, type Witnessed } from '../evidence/trust.ts';
import type { PromptPairs } from '../../load/pairs.ts';
import { ttftMs } from '../../load/sample.ts';
import type { Deployment, HolderSource } from '../../target/deployment.ts';
import type { RoutingEvidence } from '../result/result-evidence.ts';
import { CounterWatch } from './counter-watch.ts';
import { addCost } from './budget.ts';
import type { Ledger, PromptSizes } from './ledger.ts';
import { Lookups } from './lookups.ts';
import type { VerifyOptions } from './options.ts';
import { RoutingProbe } from './probe.ts';
import type { Sender } from './sender.ts';

export interface ProbeSetting {
  options: VerifyOptions;
  ledger: Ledger;
  deployment: Deployment;
  sender: Sender;
  pairs: PromptPairs;
  sizes: PromptSizes;
}

export interface Probed {
  lookups: Lookups | undefined;
}

/** Asks how the gateway routes, and whom to believe of what its answers say. */
export async function probeRouting(setting: ProbeSetting): Promise<Probed> {
  const { options, ledger, deployment, sender, pairs, sizes } = setting;
  const source = await holderSource(deployment);
  const lookups = source === null ? undefined : new Lookups(deployment);
  const missTokens = sizes.floorTokens + ledger.capacity.blockTokens;
  const probe = new RoutingProbe({
    deployment,
    sender,
    watch: await CounterWatch.of(deployment),
    pairs,
    lookups,
    reusableTokens: sizes.reusableTokens,
    seed: options.plan.seed,
  });
  await probe.meet();
  await probe.run();
  const { seen } = probe.witness;
  const counts = countsOf(seen);
  // What the gateway adds to every prompt is in every cache.
  const addedTokens = Math.max(0, counts.addedTokens ?? 0);
  ledger.trust = scoreSources(seen, deployment.engines, missTokens + addedTokens);
  const isOverridden = options.learns !== 'auto';
  const told = learnsOf(probe.tests);
  ledger.routing = {
    ...told,
    ...(isOverridden && { learns: options.learns as 'index' | 'memory' }),
    isOverridden,
    tests: probe.tests,
    shares: probe.shares,
    lookup: source === 'controller' ? lookups!.evidence() : null,
    events: source === 'kv-events' ? lookups!.evidence() : null,
    reached: probe.reached,
    reachedCold: probe.reachedCold,
    ...counts,
    gatewayVersion: probe.witness.gatewayVersion,
    honoursPolicyHeader: await probe.honoursPolicyHeader(),
  };
  addCost(ledger.spent, {
    requests: seen.length,
    promptTokens: sumOf(seen, (it) => it.sample.promptTokens ?? it.promptTokens ?? 0),
    outputTokens: seen.length,
  });
  return { lookups };
}

/** KV events tell of tokens, which somebody has to know. */
async function holderSource(deployment: Deployment): Promise<HolderSource | null> {
  const { holdersBy } = deployment;
  return holdersBy === 'kv-events' && !(await deployment.hasTokenizer()) ? null : holdersBy;
}

type Counts = Pick<
  RoutingEvidence,
  'requests' | 'uncounted' | 'repeated' | 'isOneProcess' | 'addedTokens' | 'coldTtftMs'
>;

/** What the counters say of requests that were alone under way. */
function countsOf(seen: readonly Witnessed[]): Counts {
  const through = seen.filter((it) => it.directId === null);
  const answered = through.filter((it) => it.sample.failure === undefined && it.counted !== null);
  const totals = answered.map((it) => sumOf(Object.values(it.counted!)));
  const straight = seen.filter((it) => it.directId !== null && it.counted !== null);
  const cold = seen.find((it) => it.isNew && it.sample.failure === undefined);
  return {
    requests: through.length,
    uncounted: answered.length === 0 ? null : totals.filter((it) => it === 0).length,
    repeated: answered.length === 0 ? null : totals.filter((it) => it > 1).length,
    isOneProcess: straight.length === 0 ? null : isOneProcess(straight),
    addedTokens: addedTokens(through, seen),
    coldTtftMs: (cold && ttftMs(cold.sample)) ?? null,
  };
}

/** One engine asked, several counted, each time. */
function isOneProcess(straight: readonly Witnessed[]): boolean {
  const several = straight.filter((it) => countedEngine(it) === undefined);
  return several.length > straight.length / 2 && several.every((it) => movedEngines(it) > 1);
}

function movedEngines({ counted }: Witnessed): number {
  return Object.values(counted ?? {}).filter((it) => it > 0).length;
}

/** A tokenizer that counts otherwise than the engine is off for both ways alike. */
function addedTokens(through: readonly Witnessed[], seen: readonly Witnessed[]): number | null {
  const more = (all: readonly Witnessed[]): number | null =>
    meanOf(
      all.flatMap(({ sample, promptTokens }) =>
        promptTokens === null || sample.promptTokens === undefined
          ? []
          : [sample.promptTokens - promptTokens],
      ),
    );
  const [gateway, direct] = [more(through), more(seen.filter((it) => it.directId !== null))];
  return gateway === null ? null : gateway - (direct ?? 0);
}
