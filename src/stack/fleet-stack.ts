import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KvcacheError } from '../base/errors.ts';
import { pollUntil } from '../base/poll.ts';
import type { Child } from '../supervise/child.ts';
import { lastLines, readyLine } from '../supervise/child-log.ts';
import { ChildGroup } from '../supervise/group.ts';
import { fleetGatewayConfig, type FleetGatewaySettings } from './fleet-gateway-config.ts';
import { findGatewayProgram } from './gateway-program.ts';
import { startGateway } from './gateway-process.ts';
import type { StackMember, Surroundings } from './options.ts';
import { mockProgram } from './programs.ts';
import { type ChildSetting, childSpec } from './start-child.ts';

export interface FleetStackOptions {
  /** As `kvcache mock up --fleet` reads it. */
  fleet: Readonly<Record<string, unknown>>;
  /** The engines serve. */
  model: string;
  seed: number;
  gateway: FleetGatewaySettings;
  /** Controller, engines, gateway and its metrics from here on; 0 takes free ports. */
  portBase: number;
  /** Receives logs and configs. */
  workDir: string;
  surroundings: Surroundings;
  /** Told of each member as it becomes ready. */
  onMember: (member: StackMember) => void;
}

/** A fleet of mocks behind the embedded gateway, up. */
export interface FleetStack {
  model: string;
  controller: StackMember;
  engines: readonly StackMember[];
  gateway: StackMember;
  /** Aborted when the run is stopped from outside or a child dies. */
  signal: AbortSignal;
  stop(): Promise<void>;
}

const FLEET_GRACE_MS = 500;
const READY_DEADLINE_MS = 30_000;

/**
 * Brings up one process with all the mocks and one with the gateway. Whatever goes wrong, everything
 * started so far is stopped before this throws.
 * @throws KvcacheError NOT_READY, CHILD_DIED (kind target)
 */
export async function startFleetStack(options: FleetStackOptions): Promise<FleetStack> {
  const { workDir, surroundings } = options;
  const { nodePath, clock, signal } = surroundings;
  const group = new ChildGroup(nodePath, clock, signal);
  try {
    const backends = await startFleet(options, { group, workDir, surroundings });
    const { model } = options;
    const gateway = await startFleetGateway(
      options,
      { group, workDir, surroundings },
      {
        ...backends,
        model,
      },
    );
    for (const member of [backends.controller, ...backends.engines, gateway]) {
      options.onMember(member);
    }
    return { ...backends, model, gateway, signal: group.signal, stop: () => group.stop() };
  } catch (error) {
    await group.stop();
    throw error;
  }
}

type Backends = Pick<FleetStack, 'controller' | 'engines'>;

async function startFleet(options: FleetStackOptions, setting: ChildSetting): Promise<Backends> {
  const { fleet, seed, portBase, workDir, surroundings } = options;
  const file = join(workDir, 'fleet.yaml');
  await writeFile(file, `${JSON.stringify({ ...fleet, seed }, null, 2)}\n`, { mode: 0o600 });
  const program = mockProgram(['up', '--fleet', file, '--port-base', String(portBase)]);
  const request = { title: 'mock fleet', logName: 'fleet', program, graceMs: FLEET_GRACE_MS };
  const [child] = setting.group.start([childSpec({ ...request, cwd: surroundings.cwd }, setting)]);
  const line = await pollUntil(() => readyLine(child!.logPath), {
    clock: surroundings.clock,
    deadlineMs: READY_DEADLINE_MS,
    maxIntervalMs: 10,
    signal: setting.group.signal,
  });
  if (line === undefined) throw await notReady(child!);
  const { controller, engines } = line as unknown as ReadyFleet;
  const member = (mock: ReadyMock): StackMember => ({
    ...mock,
    title: `mock ${mock.id.replace(/^mock-/, '')}`,
    source: sourceOf(options),
    logPath: child!.logPath,
  });
  return { controller: member(controller), engines: engines.map(member) };
}

/** What decided the ports. */
function sourceOf({ portBase }: FleetStackOptions): string {
  return portBase === 0 ? 'default' : '--port-base';
}

type ReadyMock = Omit<StackMember, 'title' | 'logPath' | 'source'>;

/** The ready line of `mock up`. */
interface ReadyFleet {
  controller: ReadyMock;
  engines: ReadyMock[];
}

async function startFleetGateway(
  options: FleetStackOptions,
  setting: ChildSetting,
  { controller, engines, model }: Backends & { model: string },
): Promise<StackMember> {
  const { portBase, workDir, surroundings } = options;
  const listenPort = portBase === 0 ? 0 : portBase + 1 + engines.length;
  const configPath = join(workDir, 'gateway.yaml');
  const text = fleetGatewayConfig(options.gateway, {
    listenPort,
    metricPort: portBase === 0 ? 0 : listenPort + 1,
    model,
    controllerUrl: controller.url,
    engines,
  });
  await writeFile(configPath, text, { mode: 0o600 });
  const found = await findGatewayProgram({ kind: 'embedded' }, configPath, surroundings);
  return startGateway(
    found,
    { url: undefined, metricsUrl: null, source: sourceOf(options) },
    setting,
  );
}

async function notReady({ logPath }: Child): Promise<KvcacheError> {
  return new KvcacheError({
    kind: 'target',
    code: 'NOT_READY',
    message: `The mock fleet did not say it is ready within ${READY_DEADLINE_MS / 1_000} s.`,
    where: logPath,
    details: await lastLines(logPath),
    remedy: 'Its last log lines above say how far it came.',
  });
}
