import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fleetConfig, type FleetGatewaySettings } from './gateway-config.ts';
import { findGatewayProgram } from './gateway-program.ts';
import { startGateway, useRunningGateway } from './gateway-process.ts';
import { commandProgram } from './gateway-command.ts';
import { freePort } from './free-ports.ts';
import type { StackMember } from './options.ts';
import { mockProgram } from './programs.ts';
import { type ChildSetting, childSpec, sayingReady } from './start-child.ts';
import { type RunningStack, type StackSetting, startStack } from './start-stack.ts';

export interface FleetStackOptions extends StackSetting {
  /** As `kvcache mock up --fleet` reads it. */
  fleet: Readonly<Record<string, unknown>>;
  /** The engines serve; by default the fleet's. */
  model?: string;
  /** Beats the fleet's. */
  seed?: number;
  gateway?: Partial<FleetGatewaySettings>;
  /** Judged instead of the embedded gateway, which `gateway` describes. */
  foreign?: ForeignGateway | undefined;
  /** Controller, engines, gateway and its metrics from here on; by default free ports, as with 0. */
  portBase?: number;
}

/** A gateway that is a stranger to us. */
export type ForeignGateway =
  /** Started by a command with placeholders, see `commandProgram`. */
  | { kind: 'command'; command: string }
  /** Runs already, before the engines' ports. */
  | { kind: 'running'; url: string };

interface FleetMembers {
  model: string;
  controller: StackMember;
  engines: readonly StackMember[];
  gateway: StackMember;
}

/** A fleet of mocks behind a gateway, up. */
export interface FleetStack extends FleetMembers, RunningStack {}

const FLEET_GRACE_MS = 500;
const READY_DEADLINE_MS = 30_000;
/** Of a fleet that names none. */
const MODEL = 'mock-model';
const GATEWAY: FleetGatewaySettings = {
  policy: 'lookup',
  endpoint: {},
  filter: {},
  extension: {},
};

/**
 * Brings up one process with all the mocks and one with the gateway.
 * @throws KvcacheError NOT_READY, CHILD_DIED (kind target), GATEWAY_COMMAND_INVALID (usage)
 */
export function startFleetStack(options: FleetStackOptions): Promise<FleetStack> {
  return startStack(options, (setting) => bringUp(options, setting));
}

async function bringUp(options: FleetStackOptions, setting: ChildSetting): Promise<FleetMembers> {
  const { fleet, onMember } = options;
  const served = typeof fleet['model'] === 'string' ? fleet['model'] : MODEL;
  const model = options.model ?? served;
  const backends = await startFleet(options, setting);
  const gateway = await startFleetGateway(options, setting, { ...backends, model });
  for (const member of [backends.controller, ...backends.engines, gateway]) onMember?.(member);
  return { ...backends, model, gateway };
}

type Backends = Pick<FleetMembers, 'controller' | 'engines'>;

async function startFleet(options: FleetStackOptions, setting: ChildSetting): Promise<Backends> {
  const { seed, portBase = 0 } = options;
  const fleet = publishing(options);
  const { workDir, surroundings } = setting;
  const file = join(workDir, 'fleet.yaml');
  await writeFile(
    file,
    `${JSON.stringify({ ...fleet, ...(seed !== undefined && { seed }) }, null, 2)}\n`,
    { mode: 0o600 },
  );
  const program = mockProgram(['up', '--fleet', file, '--port-base', String(portBase)]);
  const request = { title: 'mock fleet', logName: 'fleet', program, graceMs: FLEET_GRACE_MS };
  const [child] = setting.group.start([childSpec({ ...request, cwd: surroundings.cwd }, setting)]);
  const line = await sayingReady(child!, READY_DEADLINE_MS, setting);
  const { controller, engines } = line as unknown as ReadyFleet;
  const member = (mock: ReadyMock): StackMember => ({
    ...mock,
    title: `mock ${mock.id.replace(/^mock-/, '')}`,
    source: sourceOf(options),
    logPath: child!.logPath,
  });
  return { controller: member(controller), engines: engines.map(member) };
}

/** Engines publish what they cache where the gateway routes by it. */
function publishing({ fleet, gateway }: FleetStackOptions): FleetStackOptions['fleet'] {
  if (gateway?.policy !== 'events') return fleet;
  // Of a fleet that names none.
  const engines = (fleet['engines'] ?? [{ count: 2 }]) as readonly object[];
  return { ...fleet, engines: engines.map((it) => ({ ...it, kvEvents: true })) };
}

/** What decided the ports. */
function sourceOf({ portBase = 0 }: FleetStackOptions): string {
  return portBase === 0 ? 'default' : '--port-base';
}

type ReadyMock = Omit<StackMember, 'title' | 'logPath' | 'source'>;

/** The ready line of `mock up`. */
interface ReadyFleet {
  controller: ReadyMock;
  engines: ReadyMock[];
}

type Served = Backends & { model: string };

function startFleetGateway(
  options: FleetStackOptions,
  setting: ChildSetting,
  served: Served,
): Promise<StackMember> {
  const { portBase = 0, foreign } = options;
  const listenPort = portBase === 0 ? 0 : portBase + 1 + served.engines.length;
  switch (foreign?.kind) {
    case 'running':
      return useRunningGateway(foreign.url, setting, { model: served.model });
    case 'command':
      return startForeign(foreign.command, listenPort, {
        setting,
        served,
        source: sourceOf(options),
      });
    case undefined:
      return startEmbedded(options, listenPort, { setting, served, source: sourceOf(options) });
  }
}

interface Place {
  setting: ChildSetting;
  served: Served;
  source: string;
}

/** A stranger must be told a port that is free. */
async function startForeign(
  command: string,
  port: number,
  { setting, served, source }: Place,
): Promise<StackMember> {
  const { controller, engines, model } = served;
  const [listenPort, metricPort] =
    port === 0 ? [await freePort(), await freePort()] : [port, port + 1];
  const places = { listenPort, metricPort, engines, controllerUrl: controller.url, model };
  const { workDir, surroundings } = setting;
  const found = await commandProgram(command, places, { cwd: surroundings.cwd, workDir });
  const url = `http://127.0.0.1:${listenPort}`;
  return startGateway(found, { url, metricsUrl: null, source, model }, setting);
}

async function startEmbedded(
  options: FleetStackOptions,
  listenPort: number,
  { setting, served, source }: Place,
): Promise<StackMember> {
  const { controller, engines, model } = served;
  const { workDir, surroundings } = setting;
  const configPath = join(workDir, 'gateway.yaml');
  const text = fleetConfig(
    { ...GATEWAY, ...options.gateway },
    {
      listenPort,
      metricPort: listenPort === 0 ? 0 : listenPort + 1,
      model,
      controllerUrl: controller.url,
      engines,
    },
  );
  await writeFile(configPath, text, { mode: 0o600 });
  const found = await findGatewayProgram({ kind: 'embedded' }, configPath, surroundings);
  return startGateway(found, { url: undefined, metricsUrl: null, source }, setting);
}
