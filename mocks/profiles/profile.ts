/**
 * Coefficients of the step-time formula, in milliseconds. One engine step takes
 * `step + a·P + q·Σ((c+p)² − c²) + d·D + k·K`; docs/simulation.md names every symbol and source.
 */
export interface TimingCoefficients {
  /** Fixed cost of one step (s). */
  stepMs: number;
  /** Per uncached prompt token (a). */
  prefillMsPerToken: number;
  /** Attention of a prefill, per squared token of context (q). */
  prefillMsPerTokenSquared: number;
  /** Per decoding request (d). */
  decodeMsPerRequest: number;
  /** Per token of context read by a decoding request (k). */
  decodeMsPerContextToken: number;
  /** From receipt to the scheduler's queue: HTTP, template, tokenizer. */
  apiMs: number;
  /** From the last token to the end of the response. */
  postMs: number;
  /** Detokenizing and framing, per output token, added to the end of the response. */
  outputMsPerToken: number;
}

/** The second tier (LMCache's CPU store): chunks written through at the end of a prefill. */
export interface TierProfile {
  location: string;
  chunkTokens: number;
  chunks: number;
  /** Host to device. */
  bytesPerMs: number;
  loadFixedMs: number;
  /** Store the last, partial chunk too (LMCache's `save_unfull_chunk`). */
  saveUnfullChunk: boolean;
}

export interface EngineProfile {
  name: string;
  timing: TimingCoefficients;
  /** Coefficients of variation of the mean-preserving lognormal jitter; 0 turns it off. */
  jitter: { ttftCv: number; itlCv: number };
  kvBytesPerToken: number;
  /** Tokens per KV block. */
  blockSize: number;
  /** KV blocks of device memory. */
  blocks: number;
  maxModelLen: number;
  /** Requests running at once. */
  maxNumSeqs: number;
  /** Tokens per step over all requests. */
  maxBatchedTokens: number;
  /** Tokens of one prefill per step. */
  prefillChunkTokens: number;
  /** Requests waiting before new ones are refused. */
  maxWaiting: number;
  queueFullStatus: 429 | 503;
  /** Largest share of the blocks that may be pinned. */
  pinBudget: number;
  /** Bytes per millisecond of decompressing compressed blocks on a hit. */
  decompressBytesPerMs: number;
  tier: TierProfile | null;
  output: OutputLengthProfile;
  /** Divides every modelled time. */
  speedup: number;
}

/** Truncated lognormal length of an answer that ends by itself, in tokens. */
export interface OutputLengthProfile {
  medianTokens: number;
  sigma: number;
}
