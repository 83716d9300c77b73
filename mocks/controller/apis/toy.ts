import type { ControllerApi } from './api.ts';
import type { Exchange } from '../../http/exchange.ts';
import type { ControllerWire } from '../wire/controller-wire.ts';
import { type Answer, ok } from '../../python/fastapi.ts';
import { isRecord } from '../../../src/base/json.ts';

type ToyOperation = 'lookup' | 'pin' | 'compress' | 'evict';

const OPERATIONS: readonly ToyOperation[] = ['lookup', 'pin', 'compress', 'evict'];

/**
 * The shape the dubbo-go-pixiu sample speaks, over an index that follows the engines: for gateways
 * that decode `{"0": location, "1": matched}` only.
 */
export const toy: ControllerApi = { answer };

function answer(wire: ControllerWire, exchange: Exchange): Answer | Promise<Answer> | undefined {
  const { path, request } = exchange;
  if (path === '/health') return ok({ ok: true, component: 'mock-controller' });
  if (path === '/stats') return ok(stats(wire));
  const operation = OPERATIONS.find((name) => path === `/${name}`);
  if (!operation && path !== '/reset') return undefined;
  if (request.method !== 'POST') return { status: 405, body: { error: 'method not allowed' } };
  if (!operation) {
    wire.calls.clear();
    return ok({ ok: true });
  }
  return operate(wire, operation, exchange);
}

async function operate(
  wire: ControllerWire,
  operation: ToyOperation,
  { body }: Exchange,
): Promise<Answer> {
  const tokens = isRecord(body) ? (body['tokens'] ?? []) : undefined;
  if (!Array.isArray(tokens) || !tokens.every((token) => Number.isInteger(token))) {
    return { status: 400, body: { error: 'invalid request' } };
  }
  const eventId = `${operation}-${++wire.events.count}`;
  if (operation === 'lookup') {
    return ok({ event_id: eventId, layout_info: layoutOf(wire, tokens as number[]) });
  }
  const { instance_id: instanceId, location } = body as Record<string, unknown>;
  const port = wire.ports.get(String(instanceId));
  const count = port ? await port[operation](String(location), tokens as number[]) : 0;
  return ok({ event_id: eventId, num_tokens: count });
}

function layoutOf({ core, calls }: ControllerWire, lookedUp: readonly number[]): object {
  const info: Record<string, object> = {};
  const layout = core.lookup(lookedUp);
  for (const [instanceId, { location, tokens }] of layout) {
    info[instanceId] = { 0: location, 1: tokens };
  }
  const outcome = layout.size > 0 ? HIT : MISS;
  calls.set(outcome, (calls.get(outcome) ?? 0) + 1);
  return info;
}

/** Outcomes are counted beside the calls, so that one reset forgets both. */
const HIT = 'lookup hit';
const MISS = 'lookup miss';

function stats({ calls, clock }: ControllerWire): object {
  const count = (name: string): number => calls.get(name) ?? 0;
  return {
    lookup_calls: count(HIT) + count(MISS),
    lookup_success: count(HIT),
    lookup_failure: count(MISS),
    pin_calls: count('/pin'),
    compress_calls: count('/compress'),
    evict_calls: count('/evict'),
    timestamp_unix_milli: Math.floor(clock.wallMs()),
  };
}
