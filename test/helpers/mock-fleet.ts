import type { Clock } from '../../src/base/clock.ts';
import { readFleet } from '../../mocks/fleet/fleet-plan.ts';
import { type RunningFleet, startFleet } from '../../mocks/fleet/start-fleet.ts';
import { LatenessGauge } from '../../mocks/time/lateness.ts';
import { LiveClock } from '../../mocks/time/live-clock.ts';

export interface TestFleet extends RunningFleet {
  /** Base URL of the controller and of each engine, in order. */
  urls: { controller: string; engines: string[] };
}

/** A fleet as a fleet file describes it, on free ports, in this process. */
export async function startTestFleet(
  description: unknown,
  clock: Clock = new LiveClock(),
  env: Readonly<Record<string, string>> = {},
): Promise<TestFleet> {
  const anyPort = { host: '127.0.0.1', port: 0 };
  const fleet = await startFleet({
    plan: readFleet(description, env),
    clock,
    lateness: clock instanceof LiveClock ? clock.lateness : new LatenessGauge(),
    controllerAddress: anyPort,
    engineAddress: () => anyPort,
  });
  const engines = fleet.engines.map(({ url }) => url);
  return { ...fleet, urls: { controller: fleet.controller?.url ?? '', engines } };
}

/** Foreign JSON, looked into freely by tests. */
// oxlint-disable-next-line typescript/no-explicit-any -- every test would only cast it away
export type Json = any;

export interface JsonAnswer {
  status: number;
  headers: Headers;
  text: string;
  /** Parsed body; undefined when it is no JSON. */
  json: Json;
}

/** Sends JSON with POST, or a bare GET when there is no body. */
export async function send(
  url: string,
  body?: unknown,
  init: {
    method?: string;
    headers?: Record<string, string>;
    signal?: AbortSignal;
    redirect?: 'follow' | 'manual';
  } = {},
): Promise<JsonAnswer> {
  const answer = await fetch(url, {
    ...(body !== undefined && {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
    }),
    ...init,
    headers: { 'content-type': 'application/json', ...init.headers },
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, json: parse(text) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The data of each event of a stream's text, `[DONE]` as it is. */
export function framesOf(text: string): Json[] {
  return text
    .split('\n\n')
    .filter((frame) => frame.startsWith('data: '))
    .map((frame) => (frame === 'data: [DONE]' ? '[DONE]' : parse(frame.slice(6))));
}
