import { originOf, readOrigin } from '../../src/base/origin.ts';
import { object, required, text } from '../../src/schema/describe.ts';
import { readPlain } from '../../src/schema/strict.ts';
import type { CacheEvent } from '../kv/cache-events.ts';
import { adminBody, AdminRefusal } from '../admin/admin.ts';
import { idProblem } from '../fleet/names.ts';
import { isRecord } from '../../src/base/json.ts';
import type { ControllerWire } from './wire/controller-wire.ts';

const worker = object('An engine.', {
  instanceId: required(text('Its id.', '', { mayBeEmpty: true, check: idProblem })),
  url: required(text('Where it listens.', '', { check: urlProblem })),
  model: text('What it loaded.', 'mock-model'),
});

function urlProblem(url: string): string | undefined {
  return readOrigin(url)?.scheme === 'http' ? undefined : 'must be the http URL of an engine.';
}

/** An engine in another process introduces itself: `{instanceId, url, model}`. */
export async function register(
  { core, ports, reports }: ControllerWire,
  body: unknown,
): Promise<object> {
  const { instanceId, url, model } = readPlain(worker, body, adminBody('The body'));
  const { host: ip, port, address, url: base } = originOf(url);
  core.register({ instanceId, workerId: 0, ip, port, peerInitUrl: address });
  // Only controllers apart from their engines need an HTTP client.
  const { remoteWorker } = await import('./remote-worker.ts');
  ports.set(instanceId, remoteWorker(base));
  reports.introduce(instanceId, model);
  return { registered: instanceId };
}

/**
 * Stores and evictions of an engine in another process: `{instanceId, events: [{location, event}]}`.
 * Its clock is not ours, so events count from their arrival. `isKnown` false asks it to register.
 */
export function admit({ core, clock }: ControllerWire, body: unknown): object {
  const { instanceId, events } = isRecord(body) ? body : {};
  if (typeof instanceId !== 'string' || !isEventList(events)) {
    return new AdminRefusal(400, 'Send {instanceId, events: [{location, event}]}.');
  }
  if (!core.heartbeat(instanceId, 0)) return { isKnown: false };
  for (const { location, event } of events) {
    core.report({ engineId: instanceId, location, atMs: clock.nowMs(), event });
  }
  return { isKnown: true };
}

/** An event that cannot be applied would wait in the controller and fail every lookup. */
function isEventList(value: unknown): value is { location: string; event: CacheEvent }[] {
  return (
    Array.isArray(value) &&
    value.every(
      (it) => isRecord(it) && typeof it['location'] === 'string' && isCacheEvent(it['event']),
    )
  );
}

function isCacheEvent(value: unknown): value is CacheEvent {
  if (!isRecord(value)) return false;
  const { type, hashes } = value;
  if (type === 'cleared') return true;
  if (type !== 'stored' && type !== 'removed') return false;
  return Array.isArray(hashes) && hashes.every((hash) => Number.isSafeInteger(hash));
}
