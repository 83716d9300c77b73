import { type FailureKind, FailureTally } from '../load/failure-tally.ts';
import { measureCeiling } from '../load/null-server.ts';
import { type RequestSource, runPhase } from '../load/run-load.ts';
import type { LoadClient } from '../net/load-client.ts';
import { rateAxis } from './limit-search.ts';
import { type LiveSetting, loadedRequest, runLiveStep } from './live-step.ts';
import type { LoadedRequest, Objective } from './objective.ts';
import { searchRates } from './rate-search.ts';
import type { CapacityCurve, CapacityStep } from './result.ts';

/** One way to serve. */
export interface LiveArm {
  arm: string;
  client: LoadClient | ((id: number) => LoadClient);
  /** The prompts of a step, which differ from those of every other name. */
  sourceOf: (name: string) => Promise<RequestSource>;
}

export interface LiveSearch extends Omit<
  LiveSetting,
  'objectives' | 'stepMs' | 'left' | 'ceilingPerSecond'
> {
  /** By requests that were alone on the server. */
  objectivesOf: (alone: readonly LoadedRequest[]) => Objective[];
  /** Requests per second of the first step; undefined: by how many are answered while many wait. */
  startRate: number | undefined;
  budget: { durationMs: number; requests: number };
  onStep: (arm: string, step: CapacityStep) => void;
}

export interface LiveFound {
  objectives: Objective[];
  /** Empty where no request that was alone succeeded: then there is nothing to load. */
  curves: CapacityCurve[];
  failures: FailureKind[];
}

/** Requests one at a time before the first step, and how many of them only open connections. */
const ALONE = { requests: 30, opening: 6 };
/** Requests that come as fast as they are answered. */
const CROWD = { requests: 192, concurrency: 48 };
/** Share of the budget that each of the two may take. */
const BEFORE = 12;
/** Steps of a search, about: none may spend the budget alone. */
const STEPS = 8;
/** Lowest rate that is tried, as a share of the first. */
const LEAST = 1 / 16;
/** Share of what the generator manages that it may be asked for. */
const CEILING_SHARE = 0.6;
const CEILING = { concurrency: 16, durationMs: 200 };

/**
 * Looks for the highest rates at which the objectives hold, on servers that are up.
 * @param arms in turn; the first one is asked alone first
 */
export async function searchLive(
  arms: readonly [LiveArm, ...LiveArm[]],
  given: LiveSearch,
): Promise<LiveFound> {
  const { clock, budget, objectivesOf } = given;
  let sent = 0;
  const record: LiveSearch['record'] = (sample) => {
    sent++;
    given.record(sample);
  };
  const search = { ...given, record };
  const startMs = clock.nowMs();
  const alone = await askAlone(arms[0], search);
  const answered = alone.requests.filter(({ isFailed }) => !isFailed);
  if (answered.length === 0) return { objectives: [], curves: [], failures: alone.failures };
  const objectives = objectivesOf(answered);
  const ceilingPerSecond = await measureCeiling(clock, { body: Buffer.from('{}'), ...CEILING });
  const setting: LiveSetting = {
    ...search,
    objectives,
    ceilingPerSecond,
    stepMs: budget.durationMs / STEPS / arms.length,
    left: () => ({
      durationMs: Math.max(0, startMs + budget.durationMs - clock.nowMs()),
      requests: Math.max(0, budget.requests - sent),
    }),
  };
  const start = search.startRate ?? (await startOf(arms[0], search));
  const most = ceilingPerSecond === undefined ? Infinity : CEILING_SHARE * ceilingPerSecond;
  const searched = arms.map(({ arm, client, sourceOf }) => ({
    arm,
    measure: async (rate: number, index: number) => {
      const source = await sourceOf(`step-${index}`);
      const measured = await runLiveStep(setting, { rate, index, arm, client, source });
      search.onStep(arm, measured.step);
      return measured;
    },
  }));
  const axis = rateAxis(start, { least: Math.min(start, most) * LEAST, most });
  return { objectives, curves: await searchRates(searched, axis), failures: alone.failures };
}

/** What a request costs that has nobody before it; opens the connections, too. */
async function askAlone(first: LiveArm, search: LiveSearch): Promise<Asked> {
  const load = { concurrency: 1, requests: ALONE.requests };
  const { requests, failures } = await ask(first, search, { name: 'alone', ...load });
  const isLong = requests.length >= 2 * ALONE.opening;
  return { requests: isLong ? requests.slice(ALONE.opening) : requests, failures };
}

/** Half the rate at which answers come while many are under way: below the limit as a rule, and not far. */
async function startOf(first: LiveArm, search: LiveSearch): Promise<number> {
  const { requests } = await ask(first, search, { name: 'crowd', ...CROWD });
  const starts = requests.map(({ atMs }) => atMs);
  // From the first question on: answers of one batch end together, and their ends alone know no pace.
  const spanMs =
    Math.max(...requests.map((it) => it.atMs + (it.latencyMs ?? 0))) - Math.min(...starts);
  return spanMs > 0 ? (1_000 * requests.length) / spanMs / 2 : 1;
}

interface Asked {
  requests: LoadedRequest[];
  failures: FailureKind[];
}

/** In a closed loop, beside all steps. */
async function ask(
  { arm, client, sourceOf }: LiveArm,
  search: LiveSearch,
  { name, concurrency, requests: most }: { name: string; concurrency: number; requests: number },
): Promise<Asked> {
  const requests: LoadedRequest[] = [];
  const failures = new FailureTally();
  await runPhase(
    {
      labels: { phase: 'warmup', arm: [arm, name].filter(Boolean).join(' '), block: 0 },
      load: { kind: 'closed', concurrency },
      requests: Math.min(most, search.budget.requests),
      durationMs: search.budget.durationMs / BEFORE,
      timeoutMs: search.timeoutMs,
      maxErrorRate: 0.5,
    },
    {
      ...search,
      client,
      source: await sourceOf(name),
      record: (sample) => {
        search.record(sample);
        failures.take(sample);
        if (sample.failure !== 'stopped') requests.push(loadedRequest(sample, search.timeoutMs));
      },
    },
  );
  return { requests, failures: failures.kinds };
}
