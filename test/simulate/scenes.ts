import { readFleet } from '../../mocks/fleet/fleet-plan.ts';
import type { EngineProfile } from '../../mocks/profiles/profile.ts';
import { readRouting } from '../../src/config/routing-defaults.ts';
import type { FleetSpec } from '../../src/simulate/fleet/fleet-spec.ts';
import { policyCalled } from '../../src/simulate/routing/policies.ts';
import { PolicyRun, type Scene } from '../../src/simulate/run/policy-run.ts';
import type { SimulatedSample } from '../../src/simulate/run/simulated-sample.ts';
import type { SimulatedRequest } from '../../src/simulate/workload/simulated-request.ts';
import { traceRequests } from '../../src/simulate/workload/trace-requests.ts';
import { readTrace } from '../../src/traces/read-trace.ts';

/** Engines of one kind. */
export function fleetOf(
  count: number,
  profile: string,
  changes: Partial<EngineProfile> = {},
): FleetSpec {
  const { engines, controller } = readFleet({ engines: [{ count, profile }] }, {});
  return {
    model: 'mock-model',
    engines: engines.map((it) => ({
      id: it.settings.id,
      profile: { ...it.profile, ...changes },
      hashSeed: 0,
    })),
    controller: controller!,
  };
}

export const requestsIn = (file: string): SimulatedRequest[] =>
  traceRequests(readTrace(file, 't'), 1);

/** One run to its end; samples in the order of their keys. */
export async function samplesOf(
  policy: string,
  {
    fleet,
    requests,
    seed = 1,
    concurrency,
    ...more
  }: Partial<Omit<Scene, 'workload'>> & {
    fleet: FleetSpec;
    requests: readonly SimulatedRequest[];
    seed?: number;
    concurrency?: number;
  },
): Promise<SimulatedSample[]> {
  const samples: SimulatedSample[] = [];
  const scene: Scene = {
    fleet,
    workload: { requests, concurrency, maxTokens: 64 },
    routing: readRouting({}),
    gateways: 1,
    events: [],
    eventLagMs: 0,
    eventLoss: 0,
    ...more,
  };
  const run = new PolicyRun(scene, {
    policy: await policyCalled(policy, '.'),
    seed,
    signal: new AbortController().signal,
    onSample: (sample) => samples.push(sample),
  });
  await run.run();
  return samples.sort((a, b) => (a.key < b.key ? -1 : 1));
}
