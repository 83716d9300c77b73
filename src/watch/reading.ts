import type { EngineCounters, EngineStrain } from '../target/engines/kind.ts';

/** Everything that was read of a fleet at one moment. */
export interface FleetReading {
  /** Monotonic. */
  atMs: number;
  /** Since the Unix epoch. */
  wallMs: number;
  /** By id; null: it could not be read. */
  engines: Readonly<Record<string, EngineReading | null>>;
  /** Undefined: none is watched. Null: it could not be read. */
  gateway: GatewayReading | null | undefined;
  /** By the KV events of engines that are followed here, by their ids. */
  heard?: Readonly<Record<string, HeardReading>>;
  /** What our own probe has found since the start; undefined: nothing is probed. */
  probe?: ProbeReading | undefined;
}

/** What an engine has published, as it arrived here. */
export interface HeardReading {
  counts: HeardCounts;
  /** Whether all that it told is known. */
  isHeard: boolean;
  /** What went wrong last, while it is not heard. */
  trouble: string | null;
  /** That it holds, in all tiers. */
  blocks: number;
}

/** Since it is followed. */
export interface HeardCounts {
  events: number;
  /** Batches that were missing: had again, or lost with all that was known of the engine. */
  gapsRefilled: number;
  gapsLost: number;
  /** It counts its batches anew. */
  restarts: number;
  /** Tokens it took into its own cache while another engine held them. */
  heldElsewhereTokens: number;
}

export interface ProbeReading {
  /** Repeats whose answer said how many of their tokens were cached. */
  repeats: number;
  /** Those of them of which at least half was. */
  found: number;
}

export interface EngineReading {
  /** Counts since the engine started; they go back when it starts again. */
  counts: EngineCounts;
  /** Whether prefix caching is on; null where it does not say. */
  prefixCaching: boolean | null;
  /** Requests that wait at this moment; null where it does not say. */
  waiting: number | null;
}

export type EngineCounts = Omit<EngineCounters, 'hitsBySource'> & Omit<EngineStrain, 'waiting'>;

/** What the embedded gateway has counted since it started. Null: it does not export that. */
export interface GatewayReading {
  /** Finished requests by routing reason. */
  reasons: Readonly<Record<string, number>> | null;
  /** Tokens that were predicted to be cached, and that were, over requests that have both. */
  predictedTokens: number | null;
  actualTokens: number | null;
  /** Requests whose prompt the engine counted otherwise than the gateway, and all that were compared. */
  driftRequests: number | null;
  comparedRequests: number | null;
  /** KV events followed, by endpoint. */
  events: Readonly<Record<string, number>> | null;
}
