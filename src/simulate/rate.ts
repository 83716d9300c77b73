import { InOrder } from '../capacity/in-order.ts';
import type { LoadedRequest } from '../capacity/objective.ts';
import { StepJudge, type Verdict } from '../capacity/step-judge.ts';
import { mixSeed } from '../base/random.ts';
import { timeOf } from './result/metrics.ts';
import { summarizeRun } from './result/run-figures.ts';
import type { Setting, SimulatedRow } from './result/result.ts';
import type { SimulatedPolicy } from './routing/simulated-policy.ts';
import { PolicyRun } from './run/policy-run.ts';
import type { SimulatedSample } from './run/simulated-sample.ts';
import { rowOf, type StudyPlan } from './study.ts';

interface Rate {
  policy: SimulatedPolicy;
  /** With its rate. */
  setting: Setting;
  /** Number of the step: each has arrivals and prompts of its own. */
  index: number;
}

/** One rate, until it is judged; undefined where the signal cut it short. */
export async function simulateRate(
  plan: StudyPlan,
  { policy, setting, index }: Rate,
): Promise<{ row: SimulatedRow; verdict: Verdict } | undefined> {
  const { scene, objectives, signal } = plan;
  const fleet = plan.fleetOf(setting);
  const seed = mixSeed(plan.seeds[0]!, 'rate', index);
  const workload = await plan.workloadOf(setting, seed);
  const { requests } = workload;
  const numberOf = new Map(requests.map(({ key }, number) => [key, number]));
  const judge = new StepJudge(objectives, requests.length);
  const samples: SimulatedSample[] = [];
  const enough = new AbortController();
  let verdict: Verdict | undefined;
  const inOrder = new InOrder<SimulatedSample>((sample) => {
    if (verdict !== undefined) return;
    samples.push(sample);
    verdict = judge.take(loadedRequest(sample));
    if (verdict !== undefined) enough.abort();
  });
  const onSample = (sample: SimulatedSample): void => {
    plan.onRequest();
    inOrder.push(numberOf.get(sample.key)!, sample);
  };
  const both = AbortSignal.any([signal, enough.signal]);
  await new PolicyRun(
    { ...scene, fleet, workload },
    { policy, seed, signal: both, onSample },
  ).run();
  if (signal.aborted) return undefined;
  const summary = summarizeRun(samples, fleet.engines.length, objectives);
  return { row: rowOf({ policy, setting, fleet }, [summary]), verdict: verdict ?? judge.look() };
}

function loadedRequest(sample: SimulatedSample): LoadedRequest {
  const { atMs, failure } = sample;
  return {
    atMs,
    isFailed: failure !== null,
    ttftMs: timeOf(sample, 'ttft'),
    latencyMs: timeOf(sample, 'latency'),
    tpotMs: timeOf(sample, 'tpot'),
  };
}
