import { resolve } from 'node:path';
import { readFleetFile } from '../../../mocks/fleet/fleet-file.ts';
import { type FleetPlan, readFleet } from '../../../mocks/fleet/fleet-plan.ts';
import { isProfileFile } from '../../../mocks/fleet/engine-profile.ts';
import { builtinProfiles } from '../../../mocks/profiles/builtin.ts';
import type { EngineProfile } from '../../../mocks/profiles/profile.ts';
import type { Environment } from '../../base/environment.ts';
import { readRouting } from '../../config/routing-defaults.ts';
import type { Shard } from '../../base/shard.ts';
import { parseFleetEvents } from '../../simulate/fleet/fleet-events.ts';
import { CalibrationGuard } from '../../simulate/fleet/calibration-guard.ts';
import type { FleetSpec } from '../../simulate/fleet/fleet-spec.ts';
import { parseObjective } from '../../simulate/result/objectives.ts';
import type { Setting } from '../../simulate/result/result.ts';
import { policyCalled } from '../../simulate/routing/policies.ts';
import type { SimulatedPolicy } from '../../simulate/routing/simulated-policy.ts';
import type { StudyPlan } from '../../simulate/study.ts';
import { readTrace } from '../../traces/read-trace.ts';
import type { Trace } from '../../traces/trace.ts';
import { dataIn } from '../load/settings.ts';
import { flagInvalid } from '../shell/flag-invalid.ts';
import { shardOf } from '../shell/shard-flag.ts';
import type { SimulateFlags } from './flags.ts';
import { refusePace } from './pace.ts';
import { requestsOf, Workloads } from './workloads.ts';

/** The flags after reading files and checking everything that can be checked before the first run. */
export interface SimulateSettings {
  plan: Pick<StudyPlan, 'seeds' | 'objectives' | 'scene' | 'fleetOf' | 'workloadOf'>;
  policies: SimulatedPolicy[];
  settings: Setting[];
  /** The part that is run; undefined: all. */
  shard: Shard | undefined;
  /** Requests of one run at most; of a trace all. */
  requests: number;
  trace: Trace | undefined;
  /** Knows afterwards what lay beyond what the profiles were calibrated on. */
  guard: CalibrationGuard;
}

const AXES = ['engines', 'capacity', 'tier', 'rate', 'speed'] as const;

/** @throws KvcacheError of kind usage, for whatever of the flags and files cannot be used */
export async function simulateSettings(
  flags: SimulateFlags,
  { cwd, env }: { cwd: string; env: Environment },
): Promise<SimulateSettings> {
  const trace =
    flags.trace === undefined
      ? undefined
      : readTrace(dataIn(flags.trace, cwd), flags.trace, flags.tokensPerId);
  const policies = await Promise.all(
    [...new Set(flags.policy.split(',').map((it) => it.trim()))].map((it) => policyCalled(it, cwd)),
  );
  const fleetPlan = fleetPlanOf(flags, { cwd, env });
  const fleet = specOf(flags, fleetPlan, {});
  const objectives = flags.slo.map(parseObjective);
  if (flags.find !== undefined && objectives.length === 0) {
    throw flagInvalid('--find', flags.find, 'Say with --slo what must hold.');
  }
  const settings = flags.sweep === undefined ? [{}] : settingsOf(flags.sweep);
  refusePace(flags, { settings, objectives, trace, cwd });
  const ids = fleet.engines.map(({ id }) => id);
  const guard = new CalibrationGuard(flags.extrapolate);
  const workloads = new Workloads(flags, { trace, cwd, engines: ids.length });
  return {
    policies,
    settings,
    shard: flags.shard === undefined ? undefined : shardOf(flags.shard),
    requests: requestsOf(flags, trace),
    trace,
    guard,
    plan: {
      seeds: Array.from({ length: flags.seeds }, (_, index) => flags.seed + index),
      objectives,
      scene: {
        routing: readRouting(routingOf(flags.routing)),
        gateways: flags.gateways,
        events: flags.events === undefined ? [] : parseFleetEvents(flags.events, ids),
        eventLagMs: flags.eventLag,
        eventLoss: flags.eventLoss,
        guard,
      },
      fleetOf: (setting) => specOf(flags, fleetPlan, setting),
      workloadOf: workloads.of,
    },
  };
}

/** Policies and settings of the rows, in order; of a shard every n-th. */
export function rowsToRun({
  policies,
  settings,
  shard,
}: Pick<SimulateSettings, 'policies' | 'settings' | 'shard'>): {
  policy: SimulatedPolicy;
  setting: Setting;
}[] {
  const all = settings.flatMap((setting) => policies.map((policy) => ({ policy, setting })));
  return shard ? all.filter((_, index) => index % shard.of === shard.index) : all;
}

function fleetPlanOf(
  { fleet, engines, profile, sweep }: SimulateFlags,
  { cwd, env }: { cwd: string; env: Environment },
): FleetPlan {
  if (fleet !== undefined) {
    const plan = readFleetFile({ file: resolve(cwd, fleet), overrides: {}, env });
    if (plan.faults.length === 0) return plan;
    throw flagInvalid(
      '--fleet',
      fleet,
      'Its faults strike servers only: take them out, see --events.',
    );
  }
  const most = sweep === undefined ? [] : settingsOf(sweep).map((it) => it['engines'] ?? 0);
  const named = isProfileFile(profile) ? resolve(cwd, profile) : profile;
  return readFleet({ engines: [{ count: Math.max(engines, ...most), profile: named }] }, env);
}

/** The fleet's first engines, as many as are wanted. */
function specOf(flags: SimulateFlags, plan: FleetPlan, setting: Setting): FleetSpec {
  const wanted = setting['engines'] ?? (flags.fleet === undefined ? flags.engines : Infinity);
  if (wanted !== Infinity && wanted > plan.engines.length) {
    throw flagInvalid(
      '--sweep',
      `engines=${wanted}`,
      `The fleet has ${plan.engines.length} engines.`,
    );
  }
  return {
    model: plan.engines[0]!.settings.root,
    engines: plan.engines.slice(0, wanted).map(({ settings, profile, hashSeed }) => ({
      id: settings.id,
      profile: sized(profile, {
        capacity: setting['capacity'] ?? flags.capacity,
        tier: setting['tier'] ?? flags.tier,
      }),
      hashSeed,
    })),
    controller: controllerOf(flags, plan),
  };
}

/** A fleet without one is asked nothing of it, unless a policy does. */
function controllerOf(
  { controllerLag }: SimulateFlags,
  { controller }: FleetPlan,
): FleetSpec['controller'] {
  const known = controller ?? readFleet({}, {}).controller!;
  return { ...known, lagMs: controllerLag ?? known.lagMs };
}

/** @param sizes in tokens */
function sized(
  profile: EngineProfile,
  { capacity, tier }: { capacity: number | undefined; tier: number | undefined },
): EngineProfile {
  const blocks =
    capacity === undefined ? profile.blocks : Math.max(1, Math.floor(capacity / profile.blockSize));
  const shape = profile.tier ?? builtinProfiles['8b-h100']!.tier!;
  if (tier === undefined) return { ...profile, blocks };
  const chunks = Math.floor(tier / shape.chunkTokens);
  return { ...profile, blocks, tier: chunks === 0 ? null : { ...shape, chunks } };
}

/** Every combination of the axes' values. */
function settingsOf(text: string): Setting[] {
  let settings: Setting[] = [{}];
  for (const part of text.split(',')) {
    const [name = '', values = ''] = part.split('=').map((it) => it.trim());
    const numbers = values.split(':').map(Number);
    const isAxis = AXES.some((it) => it === name);
    if (!isAxis || values === '' || !numbers.every((it) => it > 0)) {
      throw flagInvalid('--sweep', part, `Write AXIS=VALUE:VALUE,… over ${AXES.join(', ')}.`);
    }
    settings = settings.flatMap((it) => numbers.map((value) => ({ ...it, [name]: value })));
  }
  return settings;
}

/** As the config file has them. */
function routingOf(pairs: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [key = '', value = ''] = pair.split('=').map((it) => it.trim());
      return [key, value !== '' && Number.isFinite(Number(value)) ? Number(value) : value];
    }),
  );
}
