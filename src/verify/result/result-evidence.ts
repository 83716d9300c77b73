import type { AuditFinding } from '../../load/audit.ts';
import type { Interval } from '../../stats/interval.ts';

/** Where a statement about a request comes from. */
export type EvidenceSource =
  | 'body'
  | 'header'
  /** Only one engine holds the prefix, so cached tokens tell that it was it, or that it was not. */
  | 'cached-tokens'
  | 'gateway-counter'
  | 'engine-counter'
  | 'direct';

/** What a source said, held against the engines' own counters while requests went one at a time. */
export interface SourceTrust {
  source: EvidenceSource;
  compared: number;
  agreed: number;
  /** False: it contradicted what the engines counted and is not used. */
  isTrusted: boolean;
  /** Both statements of a contradiction; null without one. */
  contradiction: string | null;
}

/** Whom to believe. */
export interface Trust {
  sources: SourceTrust[];
  /** Names that a gateway has for engines, learned where the counters knew: pod names, addresses. */
  aliases: Record<string, string>;
  /** Engines that reported cached tokens when they had some. */
  reporters: string[];
  /** Whether any such report was seen through the gateway. */
  isPassedOn: boolean;
}

/** Who served the requests of arm C, and who was believed. */
export interface ServedEvidence extends Trust {
  requests: number;
  /** Requests decided by each source. */
  bySource: Partial<Record<EvidenceSource | 'unknown', number>>;
}

/**
 * How a gateway finds an engine. `index`: it knows what engines hold (a controller, KV events).
 * `memory`: it remembers what it routed, or hashes. `session`, `connection`: it keeps one of these
 * together. `none`: nothing of the kind was seen. `unknown`: it could not be told.
 */
export type Learns = 'index' | 'memory' | 'session' | 'connection' | 'none' | 'unknown';

export type RoutingTestId = 'index' | 'memory' | 'memory-exact' | 'connection' | 'session';

/** Repeats that found the engine holding their beginning, among those that could be told. */
export interface RoutingTest {
  id: RoutingTestId;
  trials: number;
  found: number;
  /** Nothing said where they went. */
  unknown: number;
  /** Share that blind choice finds, from the shares seen; null without knowing the engines. */
  chance: number | null;
  /** Wilson, 95 %. */
  interval: Interval | null;
  /** Exact binomial, one-sided, against `chance`; null where that is unknown. */
  p: number | null;
}

/** The probe before the experiment: requests one at a time, each counted by the engines. */
export interface RoutingEvidence {
  learns: Learns;
  /** Set by --learns; the tests stand beside it all the same. */
  isOverridden: boolean;
  /** What is found again: any prompt with the same beginning, or only the same prompt. */
  scope: 'prefixes' | 'exact-repeats' | null;
  tests: RoutingTest[];
  /** Share of the requests through the gateway by engine; null when nobody could tell. */
  shares: Record<string, number> | null;
  /** What the controller said of prompts straight after an engine had them; null without one. */
  lookup: LookupEvidence | null;
  /** The same of the engines' KV events, where they are followed instead; absent in reports from before. */
  events?: LookupEvidence | null;
  /** Repeats that the counters saw at the engine holding them, and those of them that found nothing there. */
  reached: number;
  reachedCold: number;
  /** Requests through the gateway, one at a time. */
  requests: number;
  /** Answered though no engine counted a request; null without complete counters. */
  uncounted: number | null;
  /** Counted more than once; null without complete counters. */
  repeated: number | null;
  /** Whether asking one engine moves the counters of another; null without counters. */
  isOneProcess: boolean | null;
  /** Mean of usage.prompt_tokens through the gateway minus what was sent; null when unreported. */
  addedTokens: number | null;
  gatewayVersion: string | null;
  /** Whether the gateway lets a request choose its policy. */
  honoursPolicyHeader: boolean;
  coldTtftMs: number | null;
}

export interface LookupEvidence {
  asked: number;
  listed: number;
  /** The engine that really had it. */
  namedHolder: number;
  /** Instances named that are no engine of the run. */
  strangers: string[];
  /** More tokens than the prompt has. */
  impossible: number;
  /** Median time until listed; null when it never was. */
  admissionMs: number | null;
}

/**
 * Requests of arm C that reached the engine holding their prefix. Failed requests are misses; what
 * nobody could tell is neither and gives the bounds their distance.
 */
export interface HitRate {
  hits: number;
  misses: number;
  unknown: number;
  total: number;
  /** hits/total; null while anything is unknown. */
  value: number | null;
  /** hits/total and (hits + unknown)/total. */
  bounds: { low: number; high: number } | null;
  /** 95 % around both bounds, by blocks, never narrower than Wilson's. */
  interval: Interval | null;
  /** As `interval` at 99.8 %: what is held against chance, so that luck is no skill. */
  strictInterval: Interval | null;
  /** Requests told apart by the engines' counters of a block only. */
  byCounters: number;
  /** Σ pᵢ·qᵢ over the shares of holders and servers seen, at least 1/k; null where k is unknown. */
  chance: number | null;
  /** (hit − chance)/(1 − chance). */
  captured: number | null;
  /** The same over arm B, where routing is off; must lie around chance. */
  withoutRouting: { hits: number; total: number; interval: Interval | null } | null;
  hotSpot: { endpointId: string; share: number; fairShare: number; interval: Interval } | null;
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
  items: AuditFinding[];
  isTrustworthy: boolean;
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
