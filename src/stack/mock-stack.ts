import { variable } from '../base/environment.ts';
import { waitUntilReady, isHealthy } from '../net/ready.ts';
import {
  BACKENDS,
  type BackendPlace,
  type BackendRole,
  CONTROLLER,
  ENGINE_A,
  ENGINE_B,
  placeBackend,
} from './backends.ts';
import { baseUrl, formatListenAddress } from './environment.ts';
import { checkPorts, type WantedPort } from './free-ports.ts';
import { startGateway, useRunningGateway } from './gateway-process.ts';
import { planGateway } from './mock-gateway.ts';
import type { GatewayChoice } from '../net/gateway-choice.ts';
import type { StackMember, StackPorts, Surroundings } from './options.ts';
import { mockProgram } from './programs.ts';
import { type ChildSetting, childSpec, type ReadyChild, whenReady } from './start-child.ts';
import { type RunningStack, type StackSetting, startStack } from './start-stack.ts';

export interface MockStackOptions extends StackSetting {
  /** By default free ones. */
  ports?: StackPorts;
  /** By default ours. */
  gateway?: GatewayChoice;
}

interface MockMembers {
  controller: StackMember;
  engineA: StackMember;
  engineB: StackMember;
  gateway: StackMember;
}

/** The sample's four processes, up. */
export interface MockStack extends MockMembers, RunningStack {}

const BACKEND_GRACE_MS = 500;
/** Only a very busy machine needs it: a child that dies is noticed at once. */
const READY_DEADLINE_MS = 30_000;

/**
 * Brings up three mock processes and a gateway. A backend whose admin URL is set and answers is used
 * as it is. Whatever goes wrong, everything started so far is stopped before this throws.
 * @throws KvcacheError PORT_TAKEN, NOT_READY, CHILD_DIED, GATEWAY_NOT_FOUND (target) and usage errors
 */
export function startMockStack(options: MockStackOptions = {}): Promise<MockStack> {
  return startStack(options, (setting) => bringUp(options, setting));
}

async function bringUp(options: MockStackOptions, setting: ChildSetting): Promise<MockMembers> {
  const { ports = { kind: 'auto' }, gateway: choice = { kind: 'embedded' }, onMember } = options;
  const { workDir, surroundings } = setting;
  const running = await findRunning(surroundings);
  const toStart = BACKENDS.filter((backend) => !running.has(backend)).map((backend) => ({
    backend,
    place: placeBackend(backend, ports, surroundings.env),
  }));
  const plan =
    choice.kind === 'running' ? undefined : await planGateway(choice, ports, workDir, surroundings);
  await checkPorts([...toStart.map(wantedPort), ...(plan?.ports ?? [])]);

  const pause = pauseArgs(choice, surroundings);
  const [started] = await Promise.all([startBackends(toStart, pause, setting), plan?.preload()]);
  const members = new Map([...running, ...started]);
  const [controller, engineA, engineB] = [CONTROLLER, ENGINE_A, ENGINE_B].map((backend) => {
    const member = members.get(backend)!;
    onMember?.(member);
    return member;
  }) as [StackMember, StackMember, StackMember];

  await plan?.prepare({ controller, engines: [engineA, engineB] });
  const gateway =
    choice.kind === 'running'
      ? await useRunningGateway(choice.url, setting)
      : await startGateway(plan!.found, plan!.place, setting);
  onMember?.(gateway);
  return { controller, engineA, engineB, gateway };
}

/** Backends that were named by their admin URL and answer before we start anything. */
async function findRunning({ env, signal }: Surroundings): Promise<Map<BackendRole, StackMember>> {
  const found = new Map<BackendRole, StackMember>();
  await Promise.all(
    BACKENDS.map(async (backend) => {
      const url = baseUrl(env, backend.adminVariable);
      if (url === undefined || !(await isHealthy(url, signal))) return;
      const { role, title, id } = backend;
      found.set(backend, {
        role,
        title: title.replace('mock', 'running'),
        id,
        url,
        metricsUrl: null,
        adminUrl: url,
        pid: null,
        logPath: null,
        source: backend.adminVariable,
      });
    }),
  );
  return found;
}

interface StartedBackend {
  backend: BackendRole;
  place: BackendPlace;
}

/** Our gateway waits for what it asks, so nobody need wait for its engines unless they say so. */
function pauseArgs({ kind }: GatewayChoice, { env }: Surroundings): readonly string[] {
  const isLeft = kind !== 'embedded' || variable(env, 'MOCK_LLM_RESPONSE_DELAY_MS') !== undefined;
  return isLeft ? [] : ['--delay', '0s'];
}

/** All at once: none needs another to start. */
async function startBackends(
  starting: readonly StartedBackend[],
  pause: readonly string[],
  setting: ChildSetting,
): Promise<[BackendRole, StackMember][]> {
  const { cwd } = setting.surroundings;
  const specs = starting.map(({ backend, place }) => {
    const addr = formatListenAddress(place.listen);
    const own = backend.role === 'engine' ? [...backend.args, ...pause] : backend.args;
    const program = mockProgram([...own, '--dialect', 'parity', '--addr', addr]);
    const { title, logName } = backend;
    return childSpec({ title, logName, program, cwd, graceMs: BACKEND_GRACE_MS }, setting);
  });
  const children = setting.group.start(specs);
  return Promise.all(
    starting.map(async ({ backend, place }, index): Promise<[BackendRole, StackMember]> => {
      const ready = await whenReady(children[index]!, READY_DEADLINE_MS, setting);
      return [backend, await healthyMember(backend, place, ready, setting)];
    }),
  );
}

async function healthyMember(
  { role, title, id }: BackendRole,
  place: BackendPlace,
  ready: ReadyChild,
  { group, surroundings }: ChildSetting,
): Promise<StackMember> {
  const url = place.url ?? ready.url;
  await waitUntilReady({
    role: title,
    url: `${url}/health`,
    accepts: ({ status }) => status === 200,
    deadlineMs: READY_DEADLINE_MS,
    clock: surroundings.clock,
    signal: group.signal,
  });
  const { metricsUrl, adminUrl, child } = ready;
  const member = { role, title, id: ready.id ?? id, url, metricsUrl, adminUrl };
  return { ...member, pid: child.pid, logPath: child.logPath, source: place.source };
}

function wantedPort({ backend, place }: StartedBackend): WantedPort {
  const { port } = place.listen;
  return {
    title: backend.title,
    listen: place.listen,
    reuse: `${backend.adminVariable}=http://127.0.0.1:${port}`,
  };
}
