import type { Clock } from '../../src/base/clock.ts';
import { isRecord } from '../../src/base/json.ts';
import type { ListenAddress } from '../../src/net/listen.ts';
import { type RunningMock, startMock } from '../running-mock.ts';
import { createGoServer, type GoHandler, memberOf, postOnly, sendJson } from './go-http.ts';

export interface ParityControllerOptions {
  listen: ListenAddress;
  /** The instance every lookup favours. */
  preferredEndpointId: string;
  clock: Clock;
}

const ZERO = {
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

  const lookup: GoHandler = ({ body, reply }) => {
    const tokens = tokensOf(body);
    if (!tokens) {
      counters.lookup_failure++;
      return sendJson(reply, 400, INVALID);
    }
    counters.lookup_calls++;
    counters.lookup_success++;
    sendJson(reply, 200, {
      event_id: eventId('lookup'),
      layout_info: staticLayout(tokens.length, options.preferredEndpointId),
    });
  };

  const count = (operation: 'pin' | 'compress' | 'evict'): GoHandler =>
    postOnly(({ body, reply }) => {
      const tokens = tokensOf(body);
      if (!tokens) return sendJson(reply, 400, INVALID);
      counters[`${operation}_calls`]++;
      sendJson(reply, 200, { event_id: eventId(operation), num_tokens: tokens.length });
    });

  const server = createGoServer({
    '/health': ({ reply }) => sendJson(reply, 200, { ok: true, component: 'mock-controller' }),
    '/stats': ({ reply }) =>
      sendJson(reply, 200, {
        ...counters,
        preferred_endpoint: options.preferredEndpointId,
        timestamp_unix_milli: Math.floor(options.clock.wallMs()),
      }),
    '/reset': postOnly(({ reply }) => {
      counters = { ...ZERO };
      sendJson(reply, 200, { ok: true });
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

const INVALID = { error: 'invalid request' };

/** Go decodes a missing or null list as empty, and refuses anything in it that is no integer. */
function tokensOf(body: unknown): readonly unknown[] | undefined {
  if (body === null) return [];
  const tokens = isRecord(body) ? (memberOf(body, 'tokens') ?? []) : undefined;
  if (!Array.isArray(tokens)) return undefined;
  const isValid = tokens.every((token) => token === null || Number.isInteger(token));
  return isValid ? tokens : undefined;
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
