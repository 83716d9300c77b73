/** One request of a simulated workload. */
export interface SimulatedRequest {
  /** Unique; says nothing of where it stood in a file. */
  key: string;
  /** Arrival in ms; of a request that follows another, no earlier than this. */
  atMs: number;
  /** Requests of one session follow each other. */
  session: string | undefined;
  /** From the answer before it in its session. */
  delayMs: number;
  /** Written when asked for: all prompts of a public trace together are gigabytes. */
  tokens: () => Uint32Array;
  /** Exactly so many; undefined: as the engine's profile draws it. */
  outputTokens: number | undefined;
}

/** What is asked, in order of arrival. */
export interface SimulatedWorkload {
  requests: readonly SimulatedRequest[];
  /** Closed loop: so many in flight, the next begins when one ends. Undefined: arrivals count. */
  concurrency: number | undefined;
  /** Longest answer where a request does not say. */
  maxTokens: number;
}
