import { type Clock, sleep } from '../base/clock.ts';
import { seen } from '../net/answer.ts';
import { callHttp } from '../net/call.ts';
import type { FleetStack } from '../stack/fleet-stack.ts';
import type { StackMember } from '../stack/options.ts';
import { runError } from './errors.ts';
import type { ScenarioEvent } from './scenario.ts';

const ADMIN_TIMEOUT_MS = 5_000;

/** One sentence for people. */
export function eventText(event: ScenarioEvent): string {
  switch (event.kind) {
    case 'controller-down':
      return 'the controller goes down';
    case 'controller-restart':
      return 'the controller comes back with an empty index';
    case 'engine-crash':
      return `${event.engine} crashes for ${event.downMs} ms`;
    case 'clear-caches':
      return 'the engines drop their caches';
    case 'index':
      return `the controller's index ${indexText(event)}`;
    case 'wait':
      return `${event.forMs} ms pass`;
  }
}

function indexText({ lagMs, isFrozen }: Extract<ScenarioEvent, { kind: 'index' }>): string {
  if (isFrozen === true) return 'freezes';
  return lagMs === 0 ? 'catches up' : `lags by ${lagMs} ms`;
}

/**
 * Makes an event happen, through the mocks' admin API.
 * @throws KvcacheError EVENT_FAILED, UNREACHABLE, TIMEOUT (kind target); the stack's reason when aborted
 */
export async function playEvent(
  event: ScenarioEvent,
  stack: FleetStack,
  clock: Clock,
): Promise<void> {
  const { controller, engines, signal } = stack;
  const call = (member: StackMember, request: AdminRequest): Promise<unknown> =>
    callAdmin(member, request, signal);
  switch (event.kind) {
    case 'controller-down':
      await call(controller, put('faults', [{ do: { resetBeforeHeaders: {} } }]));
      return;
    case 'controller-restart':
      await call(controller, post('reset', { scope: 'restart' }));
      for (const { id, url } of engines) {
        await call(controller, post('workers', { instanceId: id, url }));
      }
      await call(controller, put('faults', []));
      return;
    case 'engine-crash': {
      const engine = engines.find(({ id }) => id === event.engine)!;
      const rule = {
        when: { route: '/v1/chat/completions' },
        times: 1,
        do: { crash: { downMs: event.downMs } },
      };
      await call(engine, put('faults', [rule]));
      return;
    }
    case 'clear-caches':
      for (const engine of engines) await call(engine, post('reset', { scope: 'cache' }));
      return;
    case 'index':
      await call(controller, put('index-faults', { lagMs: event.lagMs, isFrozen: event.isFrozen }));
      return;
    case 'wait':
      await sleep(clock, event.forMs, signal);
  }
}

interface AdminRequest {
  method: 'GET' | 'PUT' | 'POST';
  path: string;
  json?: unknown;
}

function put(path: string, json: unknown): AdminRequest {
  return { method: 'PUT', path, json };
}

function post(path: string, json: unknown): AdminRequest {
  return { method: 'POST', path, json };
}

/** What an engine's admin API says that a scenario is judged on. */
export interface EngineState {
  device: { removed: number };
  timers: { p50Ms: number };
}

/** @throws KvcacheError EVENT_FAILED, UNREACHABLE, TIMEOUT (kind target) */
export async function readEngineState(
  engine: StackMember,
  signal: AbortSignal,
): Promise<EngineState> {
  return (await callAdmin(engine, { method: 'GET', path: 'state' }, signal)) as EngineState;
}

/** How late the engines' timers were at the median since they were last asked; the worst engine's. */
export async function takeTimersLateMsP50(
  engines: readonly StackMember[],
  signal: AbortSignal,
): Promise<number> {
  let worst = 0;
  for (const engine of engines) {
    worst = Math.max(worst, (await readEngineState(engine, signal)).timers.p50Ms);
  }
  const json = { scope: 'timers' };
  for (const engine of engines) {
    await callAdmin(engine, { method: 'POST', path: 'reset', json }, signal);
  }
  return worst;
}

async function callAdmin(
  { url: baseUrl, title }: StackMember,
  { path, ...request }: AdminRequest,
  signal: AbortSignal,
): Promise<unknown> {
  const url = `${baseUrl}/__mock/${path}`;
  const answer = await callHttp({ url, ...request, timeoutMs: ADMIN_TIMEOUT_MS, signal });
  if (answer.status === 200) return JSON.parse(answer.text) as unknown;
  throw runError('EVENT_FAILED', {
    ...seen(answer, url),
    message: `The ${title} refused what the scenario asked of it (HTTP ${answer.status}).`,
  });
}
