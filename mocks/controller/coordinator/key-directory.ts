import {
  type EventBatch,
  type EventEntry,
  hashId,
  keyId,
  type ObjectKey,
  type Placement,
  type Tier,
} from './wire-types.ts';

export interface KeyRecord {
  key: ObjectKey;
  placements: Placement[];
  /** Accesses reported since the key is known. */
  accessCount: number;
}

/** A chunk's content, kept as long as any key of it. */
interface Binding {
  tokenIds: Uint32Array;
  keys: Map<string, ObjectKey>;
}

/** Only placements that fit; an absent filter lets all pass. */
export interface KeyFilter {
  tier: Tier | 'all';
  instanceId: string;
  backend: string;
}

/** Key → who has it, as the events tell. What lies in memory goes with its instance, the rest stays. */
export class KeyDirectory {
  readonly #records = new Map<string, KeyRecord>();
  readonly #bindings = new Map<string, Binding>();
  readonly #memoryKeys = new Map<string, Set<string>>();

  /** Storing again replaces, deleting what is not there does nothing. */
  consume(batch: EventBatch): void {
    const memoryKeys = this.#memoryKeys.get(batch.instance_id) ?? new Set();
    this.#memoryKeys.set(batch.instance_id, memoryKeys);
    for (const entry of batch.entries) {
      const id = keyId(entry.key);
      if (batch.event_type === 'store') this.#store(id, batch, entry);
      else if (batch.event_type === 'delete') this.#delete(id, batch);
      else if (batch.event_type === 'access') {
        const record = this.#records.get(id);
        if (record) record.accessCount++;
      }
      if (batch.tier !== 'l1' || batch.event_type === 'access') continue;
      if (this.#records.get(id)?.placements.some((it) => isMemoryOf(it, batch.instance_id))) {
        memoryKeys.add(id);
      } else memoryKeys.delete(id);
    }
  }

  /** The instance restarted or left: its memory is gone. */
  fence(instanceId: string): void {
    for (const id of this.#memoryKeys.get(instanceId) ?? []) {
      const record = this.#records.get(id);
      if (!record) continue;
      record.placements = record.placements.filter((it) => !isMemoryOf(it, instanceId));
      this.#dropIfEmpty(id, record);
    }
    this.#memoryKeys.delete(instanceId);
  }

  record(key: ObjectKey): KeyRecord | undefined {
    return this.#records.get(keyId(key));
  }

  /** Empty when no store told them. */
  tokenIds(chunkHash: string): readonly number[] {
    return Array.from(this.#bindings.get(hashId(chunkHash))?.tokenIds ?? []);
  }

  /** The key and its copies in other object groups, by group. */
  inEachGroup(key: ObjectKey): ObjectKey[] {
    const others = [...(this.#bindings.get(hashId(key.chunk_hash_hex))?.keys.values() ?? [])];
    const twins = others.filter(
      (it) =>
        it.object_group_id !== key.object_group_id &&
        keyId({ ...it, object_group_id: key.object_group_id }) === keyId(key),
    );
    return [key, ...twins].sort((a, b) => a.object_group_id - b.object_group_id);
  }

  /** Records in order of their first store, with the placements that fit, if any. */
  list({ tier, instanceId, backend }: KeyFilter): KeyRecord[] {
    return [...this.#records.values()].flatMap((record) => {
      const placements = record.placements.filter(
        (it) =>
          (tier === 'all' || it.tier === tier) &&
          (instanceId === '' || it.instance_id === instanceId) &&
          (backend === '' || it.backend === backend),
      );
      return placements.length === 0 ? [] : [{ ...record, placements }];
    });
  }

  records(): Iterable<KeyRecord> {
    return this.#records.values();
  }

  /** Keys in memory, per instance that ever reported. */
  memoryKeyCounts(): Record<string, number> {
    return Object.fromEntries([...this.#memoryKeys].map(([id, keys]) => [id, keys.size]));
  }

  #store(id: string, batch: EventBatch, entry: EventEntry): void {
    let record = this.#records.get(id);
    if (!record) {
      record = { key: normalised(entry.key), placements: [], accessCount: 0 };
      this.#records.set(id, record);
    }
    const { instance_id, incarnation, tier, backend, shared } = batch;
    const placement = { instance_id, incarnation, tier, backend, shared };
    const stored = { ...placement, size_bytes: entry.size_bytes };
    const at = record.placements.findIndex((it) => isSamePlace(it, batch));
    if (at === -1) record.placements.push(stored);
    else record.placements[at] = stored;
    this.#bind(id, record.key, entry.token_ids);
  }

  #bind(id: string, key: ObjectKey, tokenIds: readonly number[]): void {
    const hash = key.chunk_hash_hex;
    const binding = this.#bindings.get(hash) ?? { tokenIds: new Uint32Array(), keys: new Map() };
    this.#bindings.set(hash, binding);
    binding.keys.set(id, key);
    if (tokenIds.length > 0) binding.tokenIds = Uint32Array.from(tokenIds);
  }

  #delete(id: string, batch: EventBatch): void {
    const record = this.#records.get(id);
    if (!record) return;
    record.placements = record.placements.filter((it) => !isSamePlace(it, batch));
    this.#dropIfEmpty(id, record);
  }

  #dropIfEmpty(id: string, { key, placements }: KeyRecord): void {
    if (placements.length > 0) return;
    this.#records.delete(id);
    const binding = this.#bindings.get(key.chunk_hash_hex);
    binding?.keys.delete(id);
    if (binding?.keys.size === 0) this.#bindings.delete(key.chunk_hash_hex);
  }
}

function isMemoryOf(placement: Placement, instanceId: string): boolean {
  return placement.tier === 'l1' && placement.instance_id === instanceId;
}

/** A shared place is the same whoever reports it. */
function isSamePlace(placement: Placement, batch: EventBatch): boolean {
  return (
    placement.shared === batch.shared &&
    (batch.shared || placement.instance_id === batch.instance_id) &&
    placement.tier === batch.tier &&
    placement.backend === batch.backend
  );
}

function normalised(key: ObjectKey): ObjectKey {
  return { ...key, chunk_hash_hex: hashId(key.chunk_hash_hex) };
}
