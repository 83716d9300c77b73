import type { Exchange } from '../../http-exchange.ts';
import type { ControllerWire } from './controller-wire.ts';
import { type Answer, methodNotAllowed, ok } from './fastapi.ts';
import { isRecord } from '../../shape.ts';
import { lookup } from './legacy-api.ts';

type ToyOperation = 'lookup' | 'pin' | 'compress' | 'evict';

const OPERATIONS: readonly ToyOperation[] = ['lookup', 'pin', 'compress', 'evict'];

/**
 * The shape the dubbo-go-pixiu sample speaks, over an index that follows the engines: for gateways
 * that decode `{"0": location, "1": matched}` only. Undefined for paths it does not have.
 */
export function answerToy(
  wire: ControllerWire,
  exchange: Exchange,
): Answer | Promise<Answer> | undefined {
  const { path, request } = exchange;
  if (path === '/health') return ok({ ok: true, component: 'mock-controller' });
  if (path === '/stats') return ok(stats(wire));
  const operation = OPERATIONS.find((name) => path === `/${name}`);
  if (!operation && path !== '/reset') return undefined;
  if (request.method !== 'POST') return methodNotAllowed;
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
  if (operation === 'lookup') return lookup(wire, { tokens }, 'object');
  const { instance_id: instanceId, location } = body as Record<string, unknown>;
  const port = wire.ports.get(String(instanceId));
  const count = port ? await port[operation](String(location), tokens as number[]) : 0;
  return ok({ event_id: `${operation}-${++wire.events.count}`, num_tokens: count });
}

function stats({ calls, core, clock }: ControllerWire): object {
  const count = (name: string): number => calls.get(name) ?? 0;
  return {
    lookup_calls: count('/lookup'),
    lookup_success: core.counters.lookupHits,
    lookup_failure: count('/lookup') - core.counters.lookupHits,
    pin_calls: count('/pin'),
    compress_calls: count('/compress'),
    evict_calls: count('/evict'),
    timestamp_unix_milli: Math.floor(clock.wallMs()),
  };
}
