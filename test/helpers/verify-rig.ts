import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { readFleet } from '../../mocks/fleet/fleet-plan.ts';
import { type RunningFleet, startFleet } from '../../mocks/fleet/start-fleet.ts';
import { LatenessGauge } from '../../mocks/time/lateness.ts';
import { systemClock } from '../../src/base/clock.ts';
import { createRandom } from '../../src/base/random.ts';
import { listen } from '../../src/net/listen.ts';
import type { RunningGateway, VerifyOptions } from '../../src/verify/experiment/options.ts';
import { resolvePlan } from '../../src/verify/experiment/plan.ts';
import type { VerifyResult } from '../../src/verify/result/result.ts';
import { type EngineTarget, engineTarget } from '../../src/target/targets.ts';
import { targetsOf } from './targets.ts';
import { verify } from '../../src/verify/verify.ts';

/**
 * How the stub router chooses among `engines`; `preferred` is what the controller says, if anything,
 * `prompt` the text of the request.
 */
export type Chooser = (
  preferred: EngineTarget | undefined,
  engines: readonly EngineTarget[],
  random: () => number,
  prompt: string,
) => EngineTarget;

export const perfect: Chooser = (preferred, engines) => preferred ?? engines[0]!;
/** Whatever comes. */
const blind: Chooser = (_preferred, engines, random) =>
  engines[Math.floor(random() * engines.length)]!;

/** Remembers where it sent a prompt that began so; what is new goes anywhere. */
export function learning(): Chooser {
  const known = new Map<string, EngineTarget>();
  return (_preferred, engines, random, prompt) => {
    const beginning = prompt.slice(0, 200);
    const found = known.get(beginning) ?? blind(undefined, engines, random, prompt);
    known.set(beginning, found);
    return found;
  };
}

export interface RigOptions {
  /** As in a fleet file. */
  fleet?: object;
  choose: Chooser;
  /** Ids the gateway has its endpoints under; the fleet's own by default. */
  endpointIds?: readonly string[];
  /** Called after each routed request. */
  afterRequest?: (engines: readonly EngineTarget[]) => Promise<void>;
  /** Whether the router names the engine in a header. */
  isTalkative?: boolean;
  /** Whether the answer to a request, given its body, is cut after its first piece. */
  cuts?: (body: string) => boolean;
}

export interface Rig {
  fleet: RunningFleet;
  engines: readonly EngineTarget[];
  controllerUrl: string | null;
  gateway: RunningGateway;
  close(): Promise<void>;
}

/** A modelled fleet with a small router before it whose every choice is known. */
export async function startRig(options: RigOptions): Promise<Rig> {
  const plan = readFleet({ engines: [{ count: 2, profile: 'instant' }], ...options.fleet }, {});
  const anyPort = { host: '127.0.0.1', port: 0 };
  const fleet = await startFleet({
    plan,
    clock: systemClock,
    lateness: new LatenessGauge(),
    controllerAddress: anyPort,
    engineAddress: () => anyPort,
  });
  const engines = fleet.engines.map(({ core, url }, index) =>
    engineTarget(options.endpointIds?.[index] ?? core.id, url),
  );
  const controllerUrl = fleet.controller?.url ?? null;
  const random = createRandom(7);
  const server = createServer((request, response) => {
    void route(
      { ...options, engines, controllerUrl, random: () => random.next() },
      request,
      response,
    );
  });
  const { url } = await listen(server, anyPort, 'stub router');
  return {
    fleet,
    engines,
    controllerUrl,
    gateway: { url, metricsUrl: null, mode: 'running', logPath: null },
    close: () => closeAll(server, fleet),
  };
}

async function closeAll(server: Server, fleet: RunningFleet): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  await fleet.close();
}

interface Routing extends RigOptions {
  engines: readonly EngineTarget[];
  controllerUrl: string | null;
  random: () => number;
}

async function route(
  routing: Routing,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  if (request.method === 'GET') return passOn(routing.engines[0]!, request, response);
  const preferred = await lookUp(routing, body);
  const known = routing.engines.find((it) => it.id === preferred);
  const engine = routing.choose(known, routing.engines, routing.random, promptOf(body));
  const answer = await fetch(`${engine.url}${request.url}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  response.writeHead(answer.status, {
    'content-type': answer.headers.get('content-type') ?? 'application/json',
    ...(routing.isTalkative !== false && {
      'x-kvcache-endpoint': engine.id,
      'x-kvcache-reason': reasonOf(preferred, known),
    }),
  });
  const isCut = routing.cuts?.(body) === true;
  for await (const chunk of answer.body!) {
    response.write(chunk);
    if (isCut) return void response.destroy();
  }
  await routing.afterRequest?.(routing.engines);
  response.end();
}

/** What is no completion, such as the list of models. */
async function passOn(
  engine: EngineTarget,
  { url }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const answer = await fetch(`${engine.url}${url}`);
  response.writeHead(answer.status, {
    'content-type': answer.headers.get('content-type') ?? 'application/json',
  });
  response.end(await answer.text());
}

function promptOf(body: string): string {
  const { messages } = JSON.parse(body) as { messages: { content: string }[] };
  return messages.map(({ content }) => content).join();
}

function reasonOf(preferred: string | undefined, known: EngineTarget | undefined): string {
  if (preferred === undefined) return 'no-holder';
  return known ? 'hit' : 'unknown-instance';
}

async function lookUp(routing: Routing, body: string): Promise<string | undefined> {
  if (routing.controllerUrl === null) return undefined;
  const { tokens } = (await post(`${routing.engines[0]!.url}/tokenize`, body)) as {
    tokens: number[];
  };
  const { layout_info: layout } = (await post(
    `${routing.controllerUrl}/lookup`,
    JSON.stringify({ tokens }),
  )) as { layout_info: Record<string, [string, number]> };
  return Object.entries(layout).toSorted(([, a], [, b]) => b[1] - a[1])[0]?.[0];
}

async function post(url: string, body: string): Promise<unknown> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  return answer.json();
}

/** A verification of the rig, small unless `flags` say otherwise. */
export function verifyRig(
  rig: { engines: Rig['engines']; controllerUrl: string | null; gateway: Rig['gateway'] },
  flags: Record<string, string | string[] | boolean> = {},
  more: Partial<VerifyOptions> | ((setting: VerifyOptions) => Partial<VerifyOptions>) = {},
): Promise<VerifyResult> {
  const small = { rounds: '2', requestsPerBlock: '8', arms: 'CD', prefixTokens: '256' };
  const { plan } = resolvePlan({ ...small, ...flags }, {}, { seed: 1, nonce: 'test' });
  const options: VerifyOptions = {
    targets: targetsOf({ engines: rig.engines, controllerUrl: rig.controllerUrl }),
    plan: { ...plan, controlPairs: 2 },
    startGateway: () => Promise.resolve(rig.gateway),
    gatewayMode: 'running',
    policy: null,
    baselineGatewayUrl: null,
    learns: 'auto',
    findings: [],
    settings: [],
    artefacts: { workDir: null, sampleLog: null, renderedConfig: null, gatewayLog: null },
    nodeVersion: 'test',
    clock: systemClock,
  };
  return verify({ ...options, ...(typeof more === 'function' ? more(options) : more) });
}
