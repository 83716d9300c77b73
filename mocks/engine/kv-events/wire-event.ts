import type { StoredEvent } from '../../kv/cache-events.ts';
import type { LocatedCacheEvent } from '../core/located-event.ts';
import { DEVICE_LOCATION } from '../core/stores.ts';
import type { KvEventDialect, KvEventMember } from '../wire/vllm-version.ts';

/**
 * An event with the members, names and order of vLLM's structs. Undefined stands for a member's
 * default: maps leave it out, positional arrays have null in its place.
 */
export interface WireEvent {
  type: 'BlockStored' | 'BlockRemoved' | 'AllBlocksCleared';
  [member: string]: unknown;
}

/** BlockStored, BlockRemoved or AllBlocksCleared as that version of vLLM has them. */
export function wireEvent(
  { location, event }: LocatedCacheEvent,
  { members }: KvEventDialect,
): WireEvent {
  switch (event.type) {
    case 'stored':
      return {
        type: 'BlockStored',
        block_hashes: event.hashes,
        parent_block_hash: event.parentHash,
        token_ids: event.tokens,
        block_size: event.blockSize,
        lora_id: null,
        ...chosen(storedMembers(location, event), members),
      };
    case 'removed':
      return {
        type: 'BlockRemoved',
        block_hashes: event.hashes,
        ...chosen(removedMembers(location), members),
      };
    case 'cleared':
      return { type: 'AllBlocksCleared' };
  }
}

/** The event with every hash of a block in the form that a transport gives it. */
export function withHashes(event: WireEvent, told: (hash: number) => unknown): WireEvent {
  const { block_hashes: hashes, parent_block_hash: parent } = event as {
    block_hashes?: readonly number[];
    parent_block_hash?: number | null;
  };
  return {
    ...event,
    ...(hashes && { block_hashes: hashes.map(told) }),
    ...(typeof parent === 'number' && { parent_block_hash: told(parent) }),
  };
}

type VersionedMembers = Partial<Record<KvEventMember, unknown>>;

/** Connectors such as LMCache's say less of a block than the device does. */
function storedMembers(location: string, { hashes }: StoredEvent): VersionedMembers {
  const isDevice = location === DEVICE_LOCATION;
  return {
    medium: mediumOf(location),
    lora_name: null,
    // Per block: adapter, salt and images that went into its hash.
    extra_keys: isDevice ? hashes.map(() => null) : undefined,
    group_idx: groupOf(location),
    kv_cache_spec_kind: isDevice ? 'full_attention' : undefined,
  };
}

function removedMembers(location: string): VersionedMembers {
  return { medium: mediumOf(location), group_idx: groupOf(location) };
}

/** Every layer has full attention, so there is one group. */
function groupOf(location: string): number | undefined {
  return location === DEVICE_LOCATION ? 0 : undefined;
}

/** LMCache's own word for its CPU store in KV events; the controller calls it by the backend's name. */
function mediumOf(location: string): string {
  return location === 'LocalCPUBackend' ? 'CPU' : location;
}

function chosen(values: VersionedMembers, members: readonly KvEventMember[]): VersionedMembers {
  return Object.fromEntries(members.filter((it) => it in values).map((it) => [it, values[it]]));
}
