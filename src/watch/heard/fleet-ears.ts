import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { KvEventSourceConfig } from '../../config/gateway-config.ts';
import { HeardEngine } from '../../net/kv-events/heard-engine.ts';
import type { ChainKey } from '../../net/kv-events/token-chain.ts';
import { DEVICE_MEDIUM } from '../../protocol/kv-events.ts';
import type { HeardReading } from '../reading.ts';

interface Ear {
  source: KvEventSourceConfig;
  engine: HeardEngine;
  /** Since the engine was caught up with: what it told before is of no window. */
  counts: { events: number; restarts: number; heldElsewhereTokens: number };
}

/** Follows the KV events of every engine that has a source, while the list of them changes. */
export class FleetEars {
  readonly #clock: Clock;
  readonly #ears = new Map<string, Ear>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** From now on these; one that stays as it was goes on. */
  follow(sources: readonly KvEventSourceConfig[]): void {
    const wanted = new Map(sources.map((it) => [it.endpointId, it]));
    for (const [id, { source, engine }] of this.#ears) {
      if (isDeepStrictEqual(source, wanted.get(id))) continue;
      engine.close();
      this.#ears.delete(id);
    }
    for (const [id, source] of wanted) {
      if (!this.#ears.has(id)) this.#ears.set(id, this.#open(source));
    }
  }

  /** By engine id. */
  read(): Record<string, HeardReading> {
    const readings = [...this.#ears].map(([id, { engine, counts }]) => {
      const { gapsRefilled, gapsLost } = engine.seen;
      const { isHeard, trouble } = engine;
      return [
        id,
        {
          counts: { ...counts, gapsRefilled, gapsLost },
          isHeard,
          trouble: isHeard || !trouble ? null : messageOf(trouble),
          blocks: engine.blocks.count,
        },
      ] as const;
    });
    return Object.fromEntries(readings);
  }

  close(): void {
    for (const { engine } of this.#ears.values()) engine.close();
    this.#ears.clear();
  }

  #open(source: KvEventSourceConfig): Ear {
    const { endpointId: id, ...address } = source;
    const counts = { events: 0, restarts: 0, heldElsewhereTokens: 0 };
    const engine = new HeardEngine(address, this.#clock, {
      onEvent: (event, fresh) => {
        if (!engine.seen.wasHeard) return;
        counts.events++;
        // Further groups of a hybrid model tell the same tokens again.
        if (event.type !== 'stored' || event.tier !== DEVICE_MEDIUM) return;
        const elsewhere = fresh.filter((key) => this.#isElsewhere(id, key)).length;
        counts.heldElsewhereTokens += event.blockSize * elsewhere;
      },
      onForget: (why) => {
        if (why === 'restarted') counts.restarts++;
      },
    });
    return { source, engine, counts };
  }

  #isElsewhere(id: string, key: ChainKey): boolean {
    for (const [other, { engine }] of this.#ears) {
      if (other !== id && engine.blocks.holds(key)) return true;
    }
    return false;
  }
}
