import type { Interval } from '../../stats/interval.ts';

/** Where a statement "served by X" came from, most trusted first. */
export type ServedSource =
  | 'body'
  | 'header'
  /** Only one engine holds the prefix, so cached tokens tell that it was it, or that it was not. */
  | 'cached-tokens'
  | 'gateway-counter'
  | 'engine-counter'
  | 'direct'
  | 'unknown';

/** Who served the requests of the cacheable arms, and how well the sources agree. */
export interface ServedEvidence {
  requests: number;
  /** Requests decided by each source. */
  bySource: Partial<Record<ServedSource, number>>;
  /** Pairs of sources that both spoke for the same requests or block. */
  agreements: { a: ServedSource; b: ServedSource; compared: number; agreed: number }[];
  unknown: number;
}

/** Requests of arm C served by the endpoint that held their prefix. */
export interface HitRate {
  hits: number;
  total: number;
  /** Requests nobody could attribute; in neither of the two above. */
  unknown: number;
  value: number | null;
  /** Wilson, 95 %. */
  interval: Interval | null;
  /** 1/k for k distinct endpoints; null when chance cannot be told from skill (k < 2). */
  chance: number | null;
  /** (hit − chance)/(1 − chance). */
  captured: number | null;
  /** The same over arm B, where routing is off; must lie around chance. */
  withoutRouting: { hits: number; total: number; interval: Interval | null } | null;
  hotSpot: { endpointId: string; share: number; fairShare: number } | null;
}

/** Cached tokens as the gateway predicted them against what the engine reported. */
export interface TokenPrediction {
  compared: number;
  predictedTotal: number;
  actualTotal: number;
  /** Requests whose prediction was within one LMCache chunk (256 tokens) of the truth. */
  withinChunk: number;
  meanErrorTokens: number | null;
}

/** Could the generator be trusted? Each item is judged against its limit. */
export interface GeneratorAudit {
  items: AuditItem[];
  isTrustworthy: boolean;
}

export interface AuditItem {
  id: string;
  label: string;
  value: number | null;
  unit: string;
  limit: number | null;
  outcome: 'ok' | 'exceeded' | 'unknown';
}

/** What the prompts were, in the engines' own tokens. */
export interface PromptCertificate {
  /** Measured prompts, over all arms. */
  prompts: number;
  promptTokens: { min: number; mean: number; max: number };
  /** Tokens that a measured prompt of the cacheable arms shares with its prime. */
  sharedTokens: { min: number; mean: number; max: number };
  /** Tokens that every two prompts share: the chat template. Cached tokens up to here mean nothing. */
  templateFloorTokens: number;
  blockTokens: number;
  chunkTokens: number;
  /** Cached tokens to expect of a certain hit: whole blocks of the shared part. */
  expectedHitTokens: { min: number; mean: number; max: number };
  /** Largest difference between two arms' mean prompt length, as a share. */
  lengthDisparity: number;
}
