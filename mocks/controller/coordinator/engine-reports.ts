import type { StoredEvent } from '../../kv/cache-events.ts';
import type { IndexMirror, ReportedEvent } from '../core/controller-core.ts';
import { chunkHash } from './chunk-hashes.ts';
import type { CoordinatorState } from './coordinator-state.ts';
import { type EventBatch, type EventEntry, kvRanks, type Tier } from './wire-types.ts';

export interface EngineReportsOptions {
  state: CoordinatorState;
  /** Ranks of every engine. */
  worldSize: number;
  /** Unix milliseconds. */
  wallMs: () => number;
}

/** What a token's keys and values take: the size of a small model, since sizes only need to differ from zero. */
const BYTES_PER_TOKEN = 6_144;

/** A chunk as its engine reported it. */
interface Known {
  hash: string;
  cacheSalt: string;
}

interface Reporter {
  model: string;
  incarnation: number;
  seq: number;
  /** By the engine's own identity of the chunk and where it lies. */
  known: Map<string, Known>;
}

/**
 * Stands for the MP server beside each mock engine: turns what the engine stores and drops into the
 * batches such a server posts to /events.
 */
export class EngineReports implements IndexMirror {
  readonly #options: EngineReportsOptions;
  readonly #reporters = new Map<string, Reporter>();

  constructor(options: EngineReportsOptions) {
    this.#options = options;
  }

  /**
   * An engine that registers again goes on where it was.
   * @param model what the engine loaded, not the name it serves
   */
  introduce(instanceId: string, model: string): void {
    if (this.#reporters.get(instanceId)?.model === model) return;
    const incarnation = Math.floor(this.#options.wallMs() / 1_000);
    this.#reporters.set(instanceId, { model, incarnation, seq: 0, known: new Map() });
  }

  applied({ engineId, location, event }: ReportedEvent): void {
    const reporter = this.#reporters.get(engineId);
    if (!reporter) return;
    if (event.type === 'stored') {
      this.#report(engineId, 'store', location, this.#storedEntries(reporter, location, event));
      return;
    }
    const prefix = `${location} `;
    const names =
      event.type === 'cleared'
        ? [...reporter.known.keys()].filter((name) => name.startsWith(prefix))
        : event.hashes.map((hash) => prefix + hash);
    const entries = names.flatMap((name) => {
      const known = reporter.known.get(name);
      reporter.known.delete(name);
      return known ? this.#entries(reporter, known, []) : [];
    });
    this.#report(engineId, 'delete', location, entries);
  }

  left(instanceId: string): void {
    this.#options.state.drop(instanceId);
  }

  forgotten(): void {
    this.#options.state.forget();
  }

  /** Adapters are left out: LMCache's keys do not tell them apart. A tail is no chunk to an MP server. */
  #storedEntries(reporter: Reporter, location: string, event: StoredEvent): EventEntry[] {
    if (event.loraName !== undefined) return [];
    const { blockSize, tokens, cacheSalt = '' } = event;
    let parent = event.parentHash;
    return event.hashes.flatMap((hash, index) => {
      const chunk = tokens.slice(index * blockSize, (index + 1) * blockSize);
      const before = parent === null ? null : reporter.known.get(`${location} ${parent}`)?.hash;
      parent = hash;
      if (before === undefined || chunk.length < blockSize) return [];
      const known = { hash: chunkHash(before, chunk), cacheSalt };
      reporter.known.set(`${location} ${hash}`, known);
      return this.#entries(reporter, known, chunk);
    });
  }

  #entries({ model }: Reporter, { hash, cacheSalt }: Known, tokens: number[]): EventEntry[] {
    return kvRanks(this.#options.worldSize).map((rank) => ({
      key: {
        chunk_hash_hex: hash,
        model_name: model,
        kv_rank: rank,
        object_group_id: 0,
        cache_salt: cacheSalt,
      },
      size_bytes: (tokens.length * BYTES_PER_TOKEN) / this.#options.worldSize,
      token_ids: tokens,
    }));
  }

  #report(
    instanceId: string,
    type: EventBatch['event_type'],
    location: string,
    entries: EventEntry[],
  ): void {
    if (entries.length === 0) return;
    const reporter = this.#reporters.get(instanceId)!;
    const tier = tierOf(location);
    this.#options.state.ingest([
      {
        instance_id: instanceId,
        incarnation: reporter.incarnation,
        seq: ++reporter.seq,
        event_type: type,
        tier,
        backend: tier === 'l1' ? 'dram' : 'fs',
        entries,
        shared: false,
        capacity_bytes: 0,
        capacity_revision: 0,
      },
    ]);
  }
}

/** LMCache's legacy names of stores, which the mock engines use, as the coordinator's tiers. */
export function tierOf(location: string): Tier {
  return location === 'LocalDiskBackend' ? 'l2' : 'l1';
}
