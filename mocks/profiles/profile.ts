import {
  flag,
  integer,
  map,
  nullable,
  number,
  object,
  optional,
  type ScalarSchema,
  text,
  type ValueOf,
} from '../../src/schema/describe.ts';

/** A profile's caches are laid out at once: so many blocks fit into any machine. */
const BLOCKS_MAX = 2 ** 22;
/** A whole answer is planned before its first token. */
const MODEL_TOKENS_MAX = 2 ** 24;

const amount = (doc: string): ScalarSchema<number> => number(doc, 0, { min: 0 });
const count = (doc: string, max?: number): ScalarSchema<number> => integer(doc, 1, { min: 1, max });
/** Infinite speed takes no time. */
const rate = (doc: string): ScalarSchema<number> =>
  number(doc, 0, { above: 0, mayBeInfinite: true });

/**
 * Coefficients of the step-time formula, in milliseconds. One engine step takes
 * `step + a·P + q·Σ((c+p)² − c²) + d·D + k·K`; docs/simulation.md names every symbol and source.
 */
const timing = object('Coefficients of the step-time formula.', {
  stepMs: amount('Fixed cost of one step (s).'),
  prefillMsPerToken: amount('Per uncached prompt token (a).'),
  prefillMsPerTokenSquared: amount('Attention of a prefill, per squared token of context (q).'),
  decodeMsPerRequest: amount('Per decoding request (d).'),
  decodeMsPerContextToken: amount('Per token of context read by a decoding request (k).'),
  apiMs: amount("From receipt to the scheduler's queue: HTTP, template, tokenizer."),
  postMs: amount('From the last token to the end of the response.'),
  outputMsPerToken: amount('Detokenizing and framing, per output token, added to the end.'),
});
export type TimingCoefficients = ValueOf<typeof timing>;

const tier = object("LMCache's CPU store: chunks written through at the end of a prefill.", {
  location: text('Its name.'),
  chunkTokens: count('Tokens of a chunk.'),
  chunks: count('Its size.', BLOCKS_MAX),
  bytesPerMs: rate('Host to device.'),
  loadFixedMs: amount('Of a load of any size.'),
  saveUnfullChunk: flag(
    "Store the last, partial chunk too (LMCache's `save_unfull_chunk`).",
    false,
  ),
});
export type TierProfile = ValueOf<typeof tier>;

const output = object('Truncated lognormal length of an answer that ends by itself.', {
  medianTokens: amount('In tokens.'),
  sigma: amount('Of its logarithm.'),
});
export type OutputLengthProfile = ValueOf<typeof output>;

const seen = (doc: string): ScalarSchema<number> => integer(doc, 0, { min: 0 });

const calibration = object('What it was fitted to, as `kvcache calibrate` wrote it.', {
  by: text('Version of kvcache.'),
  date: text('When, ISO 8601.'),
  source: text('Whose times they are.'),
  engine: text('Kind and version of the engine, as it says.'),
  model: text('What it served.'),
  base: text('Whose values stand where nothing was known.'),
  requests: seen('How many were seen.'),
  heldOut: text('Which of them were not fitted.'),
  seen: object('Beyond this nobody knows whether it holds.', {
    promptTokensMin: seen('Shortest prompt.'),
    promptTokensMax: seen('Longest prompt.'),
    contextTokensMax: seen('Longest prompt and answer together.'),
    batchMax: seen('Most requests decoding at once.'),
  }),
  terms: map(
    'How far each value is known.',
    object('One of them.', {
      status: text('known, rough, tied, at-most or unknown.'),
      low: optional(number('Lower end of its 95 % interval.', 0)),
      high: optional(number('Upper end.', 0)),
    }),
  ),
  holdOutError: map(
    'Mean absolute error of predictions of what was not fitted, as a share.',
    number('Of one time.', 0),
  ),
});
export type ProfileCalibration = ValueOf<typeof calibration>;

export const profileSchema = object('An engine profile.', {
  name: text('Its name.'),
  timing,
  jitter: object('Coefficients of variation of the mean-preserving lognormal jitter; 0: none.', {
    ttftCv: amount('Of the time to the first token.'),
    itlCv: amount('Of the time between tokens.'),
  }),
  kvBytesPerToken: amount('Bytes of KV cache per token.'),
  blockSize: count('Tokens per KV block.'),
  blocks: count('KV blocks of device memory.', BLOCKS_MAX),
  maxModelLen: count('Prompt plus output, in tokens.', MODEL_TOKENS_MAX),
  maxNumSeqs: count('Requests running at once.'),
  maxBatchedTokens: count('Tokens per step over all requests.'),
  prefillChunkTokens: count('Tokens of one prefill per step.'),
  // Every request waits until it is scheduled, so that none could be served with 0.
  maxWaiting: count('Requests waiting before new ones are refused.'),
  queueFullStatus: integer('What those are answered.', 503, {
    check: (status) => (status === 429 || status === 503 ? undefined : 'must be 429 or 503.'),
  }) as ScalarSchema<429 | 503>,
  pinBudget: number('Largest share of the blocks that may be pinned.', 0.5, { min: 0, max: 1 }),
  decompressBytesPerMs: rate('Of decompressing compressed blocks on a hit.'),
  tier: nullable(tier),
  output,
  speedup: number('Divides every modelled time.', 1, { min: 1e-3, max: 1e6 }),
  calibration: optional(calibration),
});
export type EngineProfile = ValueOf<typeof profileSchema>;
