import type { EngineCore } from '../core/engine-core.ts';
import type { EngineWire } from '../wire/engine-wire.ts';
import { KvEventStream, REPLAY_MAX } from './kv-event-stream.ts';
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
    dialect,
    owner: `mock engine ${id}`,
  });
  return { stream, sse, zmq: publisher };
}

/** `GET /kv_event_sources`: by data-parallel rank, vLLM's `KVEventsConfig` of what publishes over ZeroMQ. */
export function kvEventSources(events: KvEvents | undefined): Readonly<Record<string, object>> {
  if (!events?.zmq) return {};
  const { endpoints, topic } = events.zmq;
  return {
    0: {
      enable_kv_cache_events: true,
      publisher: 'zmq',
      endpoint: endpoints.zmq,
      replay_endpoint: endpoints.replay,
      buffer_steps: REPLAY_MAX,
      // A mock keeps no more for a slow subscriber than for a late one.
      hwm: REPLAY_MAX,
      max_queue_size: REPLAY_MAX,
      topic,
    },
  };
}
