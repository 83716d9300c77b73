/** Requests of a warm-up are recorded but never counted. */
export type Phase = 'warmup' | 'measure';

/**
 * Why a request failed. `timeout`: cut off at the limit. `connect`: no connection. `reset`: the
 * connection broke. `http`: a status of 400 or more. `protocol`: the answer is not what the API says.
 * `empty`: a success without a single token. `stopped`: cut off because the run ended early; it is
 * neither a success nor a failure. `lost`: it was sent, and the log has no sample of it.
 */
export type FailureClass =
  | 'timeout'
  | 'connect'
  | 'reset'
  | 'http'
  | 'protocol'
  | 'empty'
  | 'lost'
  | 'stopped';

/** Who asked for what, before anything is sent. */
export interface SampleLabels {
  phase: Phase;
  /** Arm of an experiment; empty outside one. */
  arm: string;
  /** Block of an experiment; 0 outside one. */
  block: number;
}

/** Of a request outside any experiment. */
export const UNLABELLED: SampleLabels = { phase: 'measure', arm: '', block: 0 };

/**
 * One request. Marks are milliseconds on the run's monotonic clock, 0 = start of the run. Whatever
 * the server did not say is undefined: unknown is not zero.
 */
export interface Sample extends SampleLabels {
  /** Position in its phase, from 0. */
  id: number;
  /** Prompt group or conversation the request belongs to; empty when none. */
  group: string;
  /** When the schedule wanted it sent. In a closed loop the moment that its place became free. */
  intendedMs: number;
  sentMs: number;
  /**
   * Arrival of the first non-empty output of any kind; of an answer whose tokens decode to no text,
   * of the first token seen. Undefined when none came, or the answer is not streamed.
   */
  firstTokenMs: number | undefined;
  lastTokenMs: number | undefined;
  /** Last byte, or the moment it failed. */
  endMs: number;
  /** Gaps between successive pieces of output, ms; a piece may hold more than one token. */
  itlsMs: readonly number[];
  promptTokens: number | undefined;
  outputTokens: number | undefined;
  cachedTokens: number | undefined;
  servedBy: string | undefined;
  /** Where `servedBy` was read: `body served_by`, `header …`. */
  servedBySource: string | undefined;
  /** What a header named, even where the body named something too. */
  headerServedBy: string | undefined;
  /** Our gateway's reason for its choice, and the cached tokens it expected. */
  reason: string | undefined;
  predictedTokens: number | undefined;
  status: number | undefined;
  /** Why the first choice ended, in the engine's word. */
  finishReason: string | undefined;
  failure: FailureClass | undefined;
  /** Of a failure: what was seen, in one line of at most 300 characters. */
  problem: string | undefined;
  requestBytes: number;
  answerBytes: number;
}

/** Marks and gaps are kept in whole microseconds: finer is noise, and costs memory and log. */
export function toMicros(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}

/** From the intended start to the end. */
export function latencyMs(sample: Pick<Sample, 'intendedMs' | 'endMs'>): number {
  return toMicros(sample.endMs - sample.intendedMs);
}

/** From the intended start to the first output; undefined without one. */
export function ttftMs(sample: Pick<Sample, 'intendedMs' | 'firstTokenMs'>): number | undefined {
  return sample.firstTokenMs === undefined
    ? undefined
    : toMicros(sample.firstTokenMs - sample.intendedMs);
}

/** Until the first output; of an answer that came whole, until its end. */
export function waitedMs(sample: Sample): number {
  return ttftMs(sample) ?? latencyMs(sample);
}

/** What a request may leave untold, all of it: the rest of a sample is known of each. */
export const UNTOLD = {
  firstTokenMs: undefined,
  lastTokenMs: undefined,
  promptTokens: undefined,
  outputTokens: undefined,
  cachedTokens: undefined,
  servedBy: undefined,
  servedBySource: undefined,
  headerServedBy: undefined,
  reason: undefined,
  predictedTokens: undefined,
  status: undefined,
  finishReason: undefined,
  failure: undefined,
  problem: undefined,
} as const;
