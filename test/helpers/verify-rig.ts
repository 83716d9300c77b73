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

/** How the stub router chooses among `engines`; `preferred` is what the controller says, if anything. */
export type Chooser = (
  preferred: EngineTarget | undefined,
  engines: readonly EngineTarget[],
  random: () => number,
) => EngineTarget;

export const perfect: Chooser = (preferred, engines) => preferred ?? engines[0]!;
export const wrong: Chooser = (preferred, engines) =>
  engines.find((it) => it.id !== preferred?.id) ?? engines[0]!;
export const blind: Chooser = (_preferred, engines, random) =>
  engines[Math.floor(random() * engines.length)]!;
/** Follows the controller when it says something, else picks blindly, as gateways do. */
export const following: Chooser = (preferred, engines, random) =>
  preferred ?? blind(undefined, engines, random);

export interface RigOptions {
  /** As in a fleet file. */
  fleet?: object;
  choose: Chooser;
  /** Ids the gateway has its endpoints under; the fleet's own by default. */
  endpointIds?: readonly string[];
  /** What the router tokenizes for its lookup; the request's own text by default. */
  tokenized?: (body: string) => string;
  /** Called after each routed request. */
  afterRequest?: (engines: readonly EngineTarget[]) => Promise<void>;
  /** Whether the router names the engine in a header. */
  isTalkative?: boolean;
}

export interface Rig {
  fleet: RunningFleet;
  engines: readonly EngineTarget[];
  controllerUrl: string;
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
  const controllerUrl = fleet.controller!.url;
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
  controllerUrl: string;
  random: () => number;
}

async function route(
  routing: Routing,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  const preferred = await lookUp(routing, body);
  const known = routing.engines.find((it) => it.id === preferred);
  const engine = routing.choose(known, routing.engines, routing.random);
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
  for await (const chunk of answer.body!) response.write(chunk);
  await routing.afterRequest?.(routing.engines);
  response.end();
}

function reasonOf(preferred: string | undefined, known: EngineTarget | undefined): string {
  if (preferred === undefined) return 'no-holder';
  return known ? 'hit' : 'unknown-instance';
}

async function lookUp(routing: Routing, body: string): Promise<string | undefined> {
  const tokenize = routing.tokenized ?? ((text: string): string => text);
  const { tokens } = (await post(`${routing.engines[0]!.url}/tokenize`, tokenize(body))) as {
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
  more: Partial<VerifyOptions> = {},
): Promise<VerifyResult> {
  const small = { rounds: '2', requestsPerBlock: '16', arms: 'ABCD', prefixTokens: '512' };
  const { plan } = resolvePlan({ ...small, ...flags }, {}, { seed: 1, nonce: 'test' });
  return verify({
    targets: targetsOf({ engines: rig.engines, controllerUrl: rig.controllerUrl }),
    plan,
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
    ...more,
  });
}
