import { readFileSync } from 'node:fs';
import type { Clock } from '../src/base/clock.ts';
import { KvcacheError, messageOf } from '../src/base/errors.ts';
import { VirtualClock } from '../src/base/virtual-clock.ts';
import { type ListenAddress, parseListenAddress } from '../src/net/listen.ts';
import { startController } from './controller/start-controller.ts';
import { startEngine } from './engine/start-engine.ts';
import type { FaultBook } from './faults/fault-book.ts';
import type { FaultFile } from './faults/fault-file.ts';
import { type FleetPlan, readFleet } from './fleet/fleet-plan.ts';
import { startFleet } from './fleet/start-fleet.ts';
import type { RunningMocks } from './running-mock.ts';
import { isRecord, type JsonRecord } from './shape.ts';
import type { MockSurroundings } from './start.ts';
import { LiveClock } from './time/live-clock.ts';
import { LatenessGauge } from './time/lateness.ts';

/** Flags of the real dialect; each beats the fleet file, which beats the default. */
export interface RealFlags {
  addr?: string | undefined;
  id?: string | undefined;
  portBase?: number | undefined;
  engines?: number | undefined;
  profile?: string | undefined;
  seed?: number | undefined;
  speedup?: number | undefined;
  model?: string | undefined;
  fleetFile?: string | undefined;
  faultFile?: string | undefined;
  api?: string | undefined;
  lagMs?: number | undefined;
  holders?: string | undefined;
  vllm?: string | undefined;
  apiKeyEnv?: string | undefined;
  /** Controller in another process that a single engine reports to. */
  controllerUrl?: string | undefined;
  isVirtual: boolean;
  kvEvents?: boolean | undefined;
  servedBy?: boolean | undefined;
  cachedTokens?: boolean | undefined;
}

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
  flags: RealFlags,
  surroundings: MockSurroundings,
): Promise<RunningMocks> {
  const faultFile = await openFaultFile(flags);
  const plan = await planFleet(flags, surroundings.env, faultFile);
  const { clock, lateness } = clockOf(flags);
  const started = await startKind({ kind, flags, plan, clock, lateness, env: surroundings.env });
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

async function openFaultFile({ faultFile }: RealFlags): Promise<FaultFile | undefined> {
  if (faultFile === undefined) return undefined;
  const { FaultFile } = await import('./faults/fault-file.ts');
  return new FaultFile(faultFile);
}

/** The fleet file, else what the flags describe; the rules of `--faults` instead of the fleet file's. */
async function planFleet(
  flags: RealFlags,
  env: MockSurroundings['env'],
  faultFile: FaultFile | undefined,
): Promise<FleetPlan> {
  const { fleetFile } = flags;
  const plan =
    fleetFile === undefined
      ? readFleet({ ...overrides(flags), ...describedFleet(flags) }, env)
      : await planOfFile(fleetFile, overrides(flags), env);
  return faultFile ? { ...plan, faults: faultFile.read() } : plan;
}

function overrides({ seed, speedup }: RealFlags): JsonRecord {
  return defined({ seed, speedup });
}

function describedFleet(flags: RealFlags): JsonRecord {
  return {
    ...defined({ model: flags.model }),
    controller: defined({ api: flags.api, lagMs: flags.lagMs, holders: flags.holders }),
    engines: [
      defined({
        count: flags.engines ?? 2,
        profile: flags.profile,
        vllm: flags.vllm,
        apiKeyEnv: flags.apiKeyEnv,
        kvEvents: flags.kvEvents,
        servedBy: flags.servedBy,
        promptTokensDetails: flags.cachedTokens,
      }),
    ],
  };
}

async function planOfFile(
  file: string,
  overriding: JsonRecord,
  env: MockSurroundings['env'],
): Promise<FleetPlan> {
  const { parsePlainYaml } = await import('../src/config/plain-yaml.ts');
  const text = readFleetFile(file);
  const fleet = parsePlainYaml(text, file) ?? {};
  try {
    return readFleet(isRecord(fleet) ? { ...fleet, ...overriding } : fleet, env);
  } catch (error) {
    const { placedError } = await import('../src/config/place-within.ts');
    throw placedError(error, { text, file }, 'fleet');
  }
}

function readFleetFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new KvcacheError({
      kind: 'usage',
      code: 'FILE_UNREADABLE',
      message: `Cannot read the fleet file: ${messageOf(error)}.`,
      where: file,
      remedy: 'Check the path.',
      cause: error,
    });
  }
}

function clockOf({ isVirtual }: RealFlags): { clock: Clock; lateness: LatenessGauge } {
  if (isVirtual) return { clock: new VirtualClock(), lateness: new LatenessGauge() };
  const clock = new LiveClock();
  return { clock, lateness: clock.lateness };
}

interface StartKind {
  kind: 'controller' | 'engine' | 'up';
  flags: RealFlags;
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
    const fleet = await startFleet({
      plan,
      clock,
      lateness,
      controllerAddress: controllerAddress(options),
      engineAddress: (index) => engineAddress(options, index),
    });
    const { controller, engines } = fleet;
    return { ...fleet, mocks: [...(controller ? [controller] : []), ...engines] };
  }
  if (kind === 'controller') {
    const planned = plan.controller ?? readFleet({}, {}).controller!;
    const id = flags.id ?? planned.id;
    const listen = controllerAddress(options);
    const mock = await startController({ ...common, plan: { ...planned, id }, listen });
    return { mocks: [mock], faultBooks: [mock.faults], close: () => mock.close() };
  }
  return startSingleEngine(options, common);
}

async function startSingleEngine(
  options: StartKind,
  common: Pick<Parameters<typeof startEngine>[0], 'seed' | 'faults' | 'clock' | 'lateness'>,
): Promise<Started> {
  const { flags, plan, clock } = options;
  const [first] = plan.engines;
  const settings = { ...first!.settings, id: flags.id ?? 'engine-a' };
  const listen = engineAddress(options, 0);
  const mock = await startEngine({ ...common, plan: { ...first!, settings }, listen });
  const started: Started = { mocks: [mock], faultBooks: [mock.faults], close: () => mock.close() };
  if (flags.controllerUrl === undefined) return started;
  const { AdmissionReporter } = await import('./engine/admission-reporter.ts');
  const reporter = new AdmissionReporter(mock, flags.controllerUrl, clock);
  return {
    ...started,
    close: () => {
      reporter.stop();
      return mock.close();
    },
  };
}

function controllerAddress({ flags, plan, env, kind }: StartKind): ListenAddress {
  return addressOf({
    flags,
    isSingle: kind !== 'up',
    offset: 0,
    planned: plan.controller?.port,
    variable: ['LMCACHE_ADDR', env['LMCACHE_ADDR']],
    port: CONTROLLER_PORT,
  });
}

function engineAddress({ flags, plan, env, kind }: StartKind, index: number): ListenAddress {
  const variable = ENGINE_VARIABLES[index] ?? '';
  return addressOf({
    flags,
    isSingle: kind !== 'up',
    offset: index + 1,
    planned: plan.engines[index]?.port,
    variable: [variable, env[variable]],
    port: ENGINE_PORT + index,
  });
}

interface Place {
  flags: RealFlags;
  isSingle: boolean;
  /** From the port base. */
  offset: number;
  /** Port of the fleet file. */
  planned: number | undefined;
  variable: readonly [name: string, value: string | undefined];
  port: number;
}

function addressOf({ flags, isSingle, offset, planned, variable, port }: Place): ListenAddress {
  const host = '127.0.0.1';
  if (isSingle && flags.addr !== undefined) return parseListenAddress(flags.addr, '--addr');
  if (flags.portBase !== undefined) {
    return { host, port: flags.portBase === 0 ? 0 : flags.portBase + offset };
  }
  if (planned !== undefined) return { host, port: planned };
  const [name, value] = variable;
  return value?.trim() ? parseListenAddress(value, name) : { host, port };
}

function defined(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
