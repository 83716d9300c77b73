import { parseOrigin } from '../src/base/origin.ts';
import type { Clock } from '../src/base/clock.ts';
import { VirtualClock } from '../src/base/virtual-clock.ts';
import type { ListenAddress } from '../src/net/listen.ts';
import type { StartEngineOptions } from './engine/start-engine.ts';
import type { FaultBook } from './faults/fault-book.ts';
import type { FaultFile } from './faults/fault-file.ts';
import type { MockFlags } from './flags/read-flags.ts';
import { listenPlace } from './flags/listen-place.ts';
import { inFlagWords } from './fleet/flag-words.ts';
import { type FleetPlan, readFleet } from './fleet/fleet-plan.ts';
import { assertPortsApart } from './fleet/ports-apart.ts';
import type { MockSurroundings, RunningMocks } from './running-mock.ts';
import { LiveClock } from './time/live-clock.ts';
import { LatenessGauge } from './time/lateness.ts';

/** The sample's ports, so that a config written for it reaches the real dialect too. */
const CONTROLLER_PORT = 18_081;
const ENGINE_PORT = 18_091;
const ENGINE_VARIABLES = ['LLM_A_ADDR', 'LLM_B_ADDR'];

/**
 * Starts mocks that speak as LMCache and vLLM do.
 * @throws KvcacheError of a bad flag, file or variable (usage), or as `listen` does (target)
 */
export async function startReal(
  kind: 'controller' | 'engine' | 'up',
  flags: MockFlags,
  surroundings: MockSurroundings,
): Promise<RunningMocks> {
  const faultFile = await openFaultFile(flags);
  const plan = await planFleet(flags, surroundings.env, faultFile);
  const { clock, lateness } = clockOf(flags);
  // An address is for one mock only.
  const own = kind === 'up' ? { ...flags, addr: undefined } : flags;
  const { env } = surroundings;
  const started = await startKind({ kind, flags: own, plan, clock, lateness, env });
  if (!faultFile) return started;
  const unwatch = faultFile.watch(started.faultBooks, surroundings.warn);
  return {
    mocks: started.mocks,
    close: () => {
      unwatch();
      return started.close();
    },
  };
}

async function openFaultFile({ faults }: MockFlags): Promise<FaultFile | undefined> {
  if (faults === undefined) return undefined;
  const { FaultFile } = await import('./faults/fault-file.ts');
  return new FaultFile(faults);
}

/** The fleet file, else what the flags describe; the rules of `--faults` instead of the fleet file's. */
async function planFleet(
  flags: MockFlags,
  env: MockSurroundings['env'],
  faultFile: FaultFile | undefined,
): Promise<FleetPlan> {
  const plan = await planOf(flags, env);
  return faultFile ? { ...plan, faults: faultFile.read() } : plan;
}

async function planOf(flags: MockFlags, env: MockSurroundings['env']): Promise<FleetPlan> {
  const { fleet: whole, controller, engine } = flags.says;
  if (flags.fleet !== undefined) {
    const { readFleetFile } = await import('./fleet/fleet-file.ts');
    return readFleetFile({ file: flags.fleet, overrides: whole, env });
  }
  const fleet = { ...whole, controller, engines: [{ count: 2, ...engine }] };
  try {
    return readFleet(fleet, env);
  } catch (error) {
    throw inFlagWords(error);
  }
}

function clockOf({ clock: kind }: MockFlags): { clock: Clock; lateness: LatenessGauge } {
  if (kind === 'virtual') return { clock: new VirtualClock(), lateness: new LatenessGauge() };
  const clock = new LiveClock();
  return { clock, lateness: clock.lateness };
}

interface StartKind {
  kind: 'controller' | 'engine' | 'up';
  flags: MockFlags;
  plan: FleetPlan;
  clock: Clock;
  lateness: LatenessGauge;
  env: MockSurroundings['env'];
}

interface Started extends RunningMocks {
  faultBooks: FaultBook[];
}

async function startKind(options: StartKind): Promise<Started> {
  const { kind, flags, plan, clock, lateness } = options;
  const common = { seed: plan.seed, faults: plan.faults, clock, lateness };
  if (kind === 'up') {
    const addresses = {
      controller: controllerAddress(options),
      engines: plan.engines.map((_, index) => engineAddress(options, index)),
    };
    assertPortsApart(plan, addresses);
    const { startFleet } = await import('./fleet/start-fleet.ts');
    const fleet = await startFleet({
      plan,
      clock,
      lateness,
      controllerAddress: addresses.controller,
      engineAddress: (index) => addresses.engines[index]!,
    });
    const { controller, engines } = fleet;
    return { ...fleet, mocks: [...(controller ? [controller] : []), ...engines] };
  }
  if (kind === 'controller') {
    const planned = plan.controller ?? readFleet({}, {}).controller!;
    const id = flags.id ?? planned.id;
    const listen = controllerAddress(options);
    const { startController } = await import('./controller/start-controller.ts');
    const mock = await startController({ ...common, plan: { ...planned, id }, listen });
    return { mocks: [mock], faultBooks: [mock.faults], close: () => mock.close() };
  }
  return startSingleEngine(options, common);
}

async function startSingleEngine(
  options: StartKind,
  common: Pick<StartEngineOptions, 'seed' | 'faults' | 'clock' | 'lateness'>,
): Promise<Started> {
  const { flags, plan, clock } = options;
  const controller = flags.controller && parseOrigin(flags.controller, '--controller').url;
  const [first] = plan.engines;
  const settings = { ...first!.settings, id: flags.id ?? 'engine-a' };
  const listen = engineAddress(options, 0);
  const { startEngine } = await import('./engine/start-engine.ts');
  const mock = await startEngine({ ...common, plan: { ...first!, settings }, listen });
  const started: Started = { mocks: [mock], faultBooks: [mock.faults], close: () => mock.close() };
  if (!controller) return started;
  const { AdmissionReporter } = await import('./engine/admission-reporter.ts');
  const reporter = new AdmissionReporter(mock, controller, clock);
  return {
    ...started,
    close: () => {
      reporter.stop();
      return mock.close();
    },
  };
}

function controllerAddress({ flags, plan, env }: StartKind): ListenAddress {
  return listenPlace({
    flags,
    env,
    offset: 0,
    planned: plan.controller?.port,
    variable: 'LMCACHE_ADDR',
    port: CONTROLLER_PORT,
  });
}

function engineAddress({ flags, plan, env }: StartKind, index: number): ListenAddress {
  return listenPlace({
    flags,
    env,
    offset: index + 1,
    planned: plan.engines[index]?.port,
    variable: ENGINE_VARIABLES[index],
    port: ENGINE_PORT + index,
  });
}
