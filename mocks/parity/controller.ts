import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../src/base/clock.ts';
import type { ListenAddress } from '../../src/net/listen.ts';
import type { RouteHandler } from '../http/server.ts';
import { type RunningMock, startMock } from '../running-mock.ts';
import { createGoServer, memberOf, postOnly, readJson, sendJson } from './go-http.ts';

export interface ParityControllerOptions {
  listen: ListenAddress;
  /** The instance every lookup favours. */
  preferredEndpointId: string;
  clock: Clock;
}

interface Counters {
  lookup_calls: number;
  lookup_success: number;
  lookup_failure: number;
  pin_calls: number;
  compress_calls: number;
  evict_calls: number;
}

type Operation = 'pin' | 'compress' | 'evict';

const ZERO: Counters = {
  lookup_calls: 0,
  lookup_success: 0,
  lookup_failure: 0,
  pin_calls: 0,
  compress_calls: 0,
  evict_calls: 0,
};

/**
 * The controller of the dubbo-go-pixiu kvcache sample: a static layout that always favours one
 * instance, in the toy shape `{"0": location, "1": count}` that Pixiu decodes.
 * @throws KvcacheError as `listen` does
 */
export function startParityController(options: ParityControllerOptions): Promise<RunningMock> {
  let counters = { ...ZERO };
  let eventNumber = 0;
  const eventId = (operation: string): string => `${operation}-${++eventNumber}`;

  const lookup: RouteHandler = async (request, response) => {
    const tokens = await readTokens(request, response);
    if (tokens === 'answered') return;
    if (tokens === 'invalid') {
      counters.lookup_failure++;
      sendJson(response, 400, { error: 'invalid request' });
      return;
    }
    counters.lookup_calls++;
    counters.lookup_success++;
    sendJson(response, 200, {
      event_id: eventId('lookup'),
      layout_info: staticLayout(tokens.length, options.preferredEndpointId),
    });
  };

  const count = (operation: Operation): RouteHandler =>
    postOnly(async (request, response) => {
      const tokens = await readTokens(request, response);
      if (tokens === 'answered') return;
      if (tokens === 'invalid') {
        sendJson(response, 400, { error: 'invalid request' });
        return;
      }
      counters[`${operation}_calls`]++;
      sendJson(response, 200, { event_id: eventId(operation), num_tokens: tokens.length });
    });

  const server = createGoServer({
    '/health': (_request, response) =>
      sendJson(response, 200, { ok: true, component: 'mock-controller' }),
    '/stats': (_request, response) =>
      sendJson(response, 200, {
        ...counters,
        preferred_endpoint: options.preferredEndpointId,
        timestamp_unix_milli: Math.floor(options.clock.wallMs()),
      }),
    '/reset': postOnly((_request, response) => {
      counters = { ...ZERO };
      sendJson(response, 200, { ok: true });
    }),
    '/lookup': postOnly(lookup),
    '/pin': count('pin'),
    '/compress': count('compress'),
    '/evict': count('evict'),
  });
  return startMock(server, {
    role: 'controller',
    id: 'mock-controller',
    listen: options.listen,
    adminPath: '',
  });
}

/** Go decodes a missing or null list as empty, and refuses anything in it that is no integer. */
async function readTokens(
  request: IncomingMessage,
  response: ServerResponse,
): Promise<readonly number[] | 'invalid' | 'answered'> {
  const body = await readJson(request, response);
  if (body === 'answered') return 'answered';
  if (body === 'not-json') return 'invalid';
  const { value } = body;
  if (value === null) return [];
  if (typeof value !== 'object' || Array.isArray(value)) return 'invalid';
  const tokens = memberOf(value, 'tokens') ?? [];
  if (!Array.isArray(tokens)) return 'invalid';
  const isValid = tokens.every((token) => token === null || Number.isInteger(token));
  return isValid ? (tokens as number[]) : 'invalid';
}

/**
 * Two instances, keys sorted as Go writes a map. A preferred id that is neither of the sample's
 * two takes the place of `mock-llm-b`.
 */
function staticLayout(tokenCount: number, preferredId: string): Record<string, object> {
  const n = Math.max(tokenCount, 1);
  const second = preferredId === 'mock-llm-a' ? 'mock-llm-b' : preferredId;
  const matched = (id: string): number =>
    id === preferredId ? n + 3 : Math.max(Math.floor(n / 2), 1);
  const entries: [string, object][] = [
    ['mock-llm-a', { 0: 'ram-a', 1: matched('mock-llm-a') }],
    [second, { 0: 'ram-b', 1: matched(second) }],
  ];
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
