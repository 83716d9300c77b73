import type { EngineCore } from '../core/engine-core.ts';
import type { EngineWire } from '../wire/engine-wire.ts';
import { KvEventStream } from './kv-event-stream.ts';
import { KvEventSse } from './sse.ts';
import type { ZmqEventPublisher } from './zmq-publisher.ts';

/** The engine's KV events and what carries them. */
export interface KvEvents {
  stream: KvEventStream;
  sse: KvEventSse;
  zmq: ZmqEventPublisher | undefined;
}

/**
 * Opens the transports the settings ask for; undefined when they ask for none.
 * @throws KvcacheError as `ZmqEventPublisher.open` does
 */
export async function openKvEvents(
  wire: EngineWire,
  core: EngineCore,
): Promise<KvEvents | undefined> {
  const { faults, seed, clock, settings } = wire;
  if (!settings.kvEvents) return undefined;
  const dialect = settings.dialect.kvEvents;
  const stream = new KvEventStream({ dialect, faults, seed, wallMs: () => clock.wallMs() });
  core.onCacheEvent(stream.publish);
  const sse = new KvEventSse(stream);
  const { zmq } = settings.kvEvents;
  if (!zmq) return { stream, sse, zmq: undefined };
  const { id, model } = settings;
  // Names may contain what a replacement pattern is made of.
  const topic = zmq.topic.replaceAll('{id}', () => id).replaceAll('{model}', () => model);
  const { ZmqEventPublisher } = await import('./zmq-publisher.ts');
  const publisher = await ZmqEventPublisher.open({
    ...zmq,
    topic,
    stream,
    shape: dialect.shape,
    owner: `mock engine ${id}`,
  });
  return { stream, sse, zmq: publisher };
}
