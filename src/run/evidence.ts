/** One request of a scenario, as its client saw it. Whatever the answer did not say is undefined. */
export interface SentRequest {
  step: string;
  /** Requests with the same key asked the same prompt. */
  promptKey: string;
  /** Requests of one group share a prefix. */
  groupKey: string;
  /**
   * `unanswered`: an error status instead of an answer, or none at all. `cut`: the answer began and
   * did not end as it should.
   */
  failure: 'unanswered' | 'cut' | undefined;
  status: number | undefined;
  servedBy: string | undefined;
  promptTokens: number | undefined;
  cachedTokens: number | undefined;
  /** What the gateway expected to be cached. */
  predictedTokens: number | undefined;
  /** The gateway's reason. */
  reason: string | undefined;
  ttftMs: number | undefined;
  latencyMs: number;
  /** On the run's clock; only differences mean something. */
  startMs: number;
  answer: string;
}

export interface ScenarioEvidence {
  engineIds: readonly string[];
  /** In the order they were sent. */
  requests: readonly SentRequest[];
  /** Blocks that left the engines' device caches; undefined as long as steps are played. */
  blocksEvicted: number | undefined;
  /** By step that has ended: how late the mocks' timers fired at the median, the worst engine's. */
  timersLateMsP50: Readonly<Record<string, number>>;
}
