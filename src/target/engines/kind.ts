import type { MetricPage } from './metric-page.ts';

/** What one engine has counted since it started. Null: it does not export that counter. */
export interface EngineCounters {
  /** Requests that finished, whatever the reason. */
  requests: number | null;
  promptTokens: number | null;
  /** Prompt tokens asked of and found in the engine's own prefix cache. */
  prefixQueries: number | null;
  prefixHits: number | null;
  /** Tokens asked of and found in a cache beyond the engine (a KV connector, such as LMCache). */
  externalQueries: number | null;
  externalHits: number | null;
  /** Hit tokens by where they lay: `device`, `host`, `disk`, … as the engine names it. */
  hitsBySource: Readonly<Record<string, number>> | null;
}

export const NO_COUNTERS: EngineCounters = {
  requests: null,
  promptTokens: null,
  prefixQueries: null,
  prefixHits: null,
  externalQueries: null,
  externalHits: null,
  hitsBySource: null,
};

/** How long its requests waited and what it gave up, since it started. Null: it does not export that. */
export interface EngineStrain {
  /** Sum and count of its histogram of times to the first token, in seconds. */
  ttftSumS: number | null;
  ttftCount: number | null;
  /** Requests that lost their KV blocks and began again. */
  preemptions: number | null;
  /** Requests that wait at this moment; unlike the others no count since the start. */
  waiting: number | null;
}

export const NO_STRAIN: EngineStrain = {
  ttftSumS: null,
  ttftCount: null,
  preemptions: null,
  waiting: null,
};

/** How an engine is set up, as far as it says. */
export interface EngineSetup {
  version: string | null;
  /** Tokens of the largest unit of caching: only whole ones are reused. */
  blockTokens: number | null;
  /** Tokens that the KV cache of one rank holds. */
  capacityTokens: number | null;
  /** Data-parallel ranks behind the address, each with a cache of its own. */
  ranks: number;
  /** Whether prefix caching is switched on. */
  prefixCaching: boolean | null;
  /** State-space layers are not cached, so nothing is reused although caching is on. */
  cachesNothing: boolean;
  maxModelLength: number | null;
}

export const NO_SETUP: EngineSetup = {
  version: null,
  blockTokens: null,
  capacityTokens: null,
  ranks: 1,
  prefixCaching: null,
  cachesNothing: false,
  maxModelLength: null,
};

/** The decoded answer of an information route; empty without one. */
export type Info = Readonly<Record<string, unknown>>;

/**
 * One engine we know: how to recognise it, what it says of itself, and what to tell its owner. Gauges
 * of its load, which the gateway reads, are named in protocol/engine-load.
 */
export interface EngineKind {
  id: string;
  name: string;
  /** `owned_by` in /v1/models; null where it is not fixed. */
  owner: string | null;
  /** Of its metric names, without the separator. */
  prefix: string;
  metricsPath: string;
  /** GET routes that tell version and set-up; the first that answers with JSON counts. */
  infoPaths: readonly string[];
  /** Whether an answer of `infoPaths` can only come from this kind. */
  owns(info: Info): boolean;
  /** POST /tokenize takes a chat body and applies the chat template; null: to be tried. */
  tokenizesChat: boolean | null;
  setup(info: Info, page: MetricPage): EngineSetup;
  count(page: MetricPage): EngineCounters;
  strain(page: MetricPage): EngineStrain;
  /** Sentences for remedies. */
  advice: { cachedTokens: string; prefixCaching: string; metrics: string };
}

/** The largest of what is known. */
export function largest(...values: readonly (number | null)[]): number | null {
  const known = values.filter((it) => it !== null);
  return known.length === 0 ? null : Math.max(...known);
}
