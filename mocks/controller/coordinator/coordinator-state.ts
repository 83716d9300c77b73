import { KeyDirectory } from './key-directory.ts';
import { type EventBatch, keyId, type ObjectKey, type Tier } from './wire-types.ts';

/** What `POST /instances` says beyond the address. */
export interface InstanceDetails {
  metadata: Readonly<Record<string, string>>;
  p2p_advertised_url: string;
  mq_port: number;
}

/** A compartment as its instance declared it. */
export interface Capacity {
  tier: Tier;
  backend: string;
  capacityBytes: number;
  isShared: boolean;
}

interface Declaration {
  incarnation: number;
  revision: number;
  modules: Map<string, Capacity>;
}

export interface Pin {
  key: ObjectKey;
  count: number;
}

/** What became of the batches of one request. */
export interface Ingested {
  applied: number;
  duplicates: number;
  stale: number;
}

/** All that a coordinator knows but for who is registered. In memory only. */
export class CoordinatorState {
  directory = new KeyDirectory();
  readonly details = new Map<string, InstanceDetails>();
  /** Bytes per `cache_salt`. */
  readonly quotas = new Map<string, number>();
  defaultQuotaBytes: number | null = null;
  readonly #pins = new Map<string, Pin>();
  readonly #cursors = new Map<string, { incarnation: number; seq: number }>();
  readonly #declarations = new Map<string, Declaration>();

  /** Applies batches in order; what was seen before or is of an earlier process is dropped. */
  ingest(batches: readonly EventBatch[]): Ingested {
    const counts = { applied: 0, duplicates: 0, stale: 0 };
    for (const batch of batches) counts[this.#offer(batch)]++;
    return counts;
  }

  /** The instance left: what it held in memory and what it declared are void. */
  drop(instanceId: string): void {
    this.directory.fence(instanceId);
    this.details.delete(instanceId);
    this.#cursors.delete(instanceId);
    this.#declarations.delete(instanceId);
  }

  /** Forgets who holds what. */
  forget(): void {
    this.directory = new KeyDirectory();
  }

  capacities(instanceId: string): Capacity[] {
    return [...(this.#declarations.get(instanceId)?.modules.values() ?? [])];
  }

  declaring(): string[] {
    return [...this.#declarations.keys()];
  }

  /** Pins count: each unpin takes one back. Only evictions from L2 respect them. */
  pin(keys: readonly ObjectKey[]): void {
    for (const key of keys) {
      const pin = this.#pins.get(pinId(key)) ?? { key, count: 0 };
      this.#pins.set(pinId(key), { ...pin, count: pin.count + 1 });
    }
  }

  unpin(keys: readonly ObjectKey[]): void {
    for (const key of keys) {
      const pin = this.#pins.get(pinId(key));
      if (pin && pin.count > 1) pin.count--;
      else this.#pins.delete(pinId(key));
    }
  }

  unpinAll(keys: readonly ObjectKey[]): void {
    for (const key of keys) this.#pins.delete(pinId(key));
  }

  isPinned(key: ObjectKey): boolean {
    return this.#pins.has(pinId(key));
  }

  pins(): Pin[] {
    return [...this.#pins.values()];
  }

  #offer(batch: EventBatch): keyof Ingested {
    let cursor = this.#cursors.get(batch.instance_id);
    if (cursor && batch.incarnation < cursor.incarnation) return 'stale';
    if (cursor && batch.incarnation > cursor.incarnation) {
      this.directory.fence(batch.instance_id);
      cursor = undefined;
    }
    if (cursor && batch.seq <= cursor.seq) return 'duplicates';
    this.#cursors.set(batch.instance_id, { incarnation: batch.incarnation, seq: batch.seq });
    this.directory.consume(batch);
    if (batch.event_type === 'config') this.#declare(batch);
    return 'applied';
  }

  /** Batches of one revision belong together; a newer one replaces them, an older one is too late. */
  #declare(batch: EventBatch): void {
    const { instance_id: id, incarnation, capacity_revision: revision } = batch;
    let declared = this.#declarations.get(id);
    const age = declared
      ? incarnation - declared.incarnation || revision - declared.revision
      : Infinity;
    if (age < 0) return;
    if (age > 0) declared = { incarnation, revision, modules: new Map() };
    this.#declarations.set(id, declared!);
    declared!.modules.set(`${batch.tier} ${batch.backend}`, {
      tier: batch.tier,
      backend: batch.backend,
      capacityBytes: batch.capacity_bytes,
      isShared: batch.shared,
    });
  }
}

/** A pin covers a chunk in every object group. */
function pinId(key: ObjectKey): string {
  return keyId({ ...key, object_group_id: 0 });
}
