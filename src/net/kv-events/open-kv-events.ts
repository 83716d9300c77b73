import type { Clock } from '../../base/clock.ts';
import type { KvEventAddress, KvEventReceiver, KvEventSource } from './kv-event-source.ts';

/**
 * Opens the stream; what goes wrong from then on is told to the receiver.
 * @throws KvcacheError ZEROMQ_MISSING or ZEROMQ_UNUSABLE (kind usage)
 */
export async function openKvEventSource(
  address: KvEventAddress,
  receiver: KvEventReceiver,
  clock: Clock,
): Promise<KvEventSource> {
  if (/^https?:/i.test(address.url)) {
    const { SseKvEvents } = await import('./sse-kv-events.ts');
    return new SseKvEvents(address.url, receiver, clock);
  }
  const { openZmqKvEvents } = await import('./zmq-kv-events.ts');
  return openZmqKvEvents(address, receiver);
}
