import type { Clock } from '../../src/base/clock.ts';
import {
  type Fields,
  object,
  type ObjectSchema,
  type ValuesOf,
} from '../../src/schema/describe.ts';
import type { AnswerSink } from '../engine/wire/answer-sink.ts';
import type { Exchange } from '../http/exchange.ts';
import type { Reply } from '../http/reply.ts';
import type { JsonRecord } from '../../src/base/json.ts';
import type { Reach } from './reach.ts';

/** What a fault has at hand before any handler sees the request. */
export interface BeforeRequest {
  clock: Clock;
  seed: number;
  /** Lets the handler have the request after all. */
  proceed: () => void;
  /** To be told when the client leaves before that. */
  left: () => void;
}

/** An engine as an operating system sees it. */
export interface EngineProcess {
  reply: Reply;
  clock: Clock;
  die: (kept: { keepCache: boolean; keepCounters: boolean }) => void;
  comeBack: (prefixCaching: boolean) => void;
}

/** What becomes of a batch of KV events: sent so many times, or held back until after the next. */
export type BatchFate = number | 'held';

/** Where faults can strike. Each function gets the parameters `P` of the rule first. */
export interface Seams<P> {
  /** Before any handler sees the request. */
  request: (parameters: P, exchange: Exchange, before: BeforeRequest) => void;
  /** While the answer of a completion is sent: what to send it through instead of `inner`. */
  sink: (parameters: P, inner: AnswerSink, to: { reply: Reply; clock: Clock }) => AnswerSink;
  /** How many times as long the engine's steps take in which the request has a part. */
  slowdown: (parameters: P) => number;
  /** Whether the engine calls itself unhealthy, so many milliseconds after its start. */
  unhealthy: (parameters: P, upMs: number) => boolean;
  /** Milliseconds for which `/metrics` repeats itself. */
  frozenMetrics: (parameters: P) => number;
  /** The process of the engine. */
  process: (parameters: P, engine: EngineProcess) => void;
  /** The body a controller answers a lookup with, instead of the right one. */
  lookup: (parameters: P, body: unknown) => unknown;
  /** Whether the engine publishes nothing: neither now nor when it is asked for again. */
  silence: (parameters: P) => boolean;
  /** Characters after which every text is cut before it becomes tokens. */
  cut: (parameters: P) => number;
  /** @param strikes whether a fault with this share hits the batch; counted when it does */
  kvEvents: (
    parameters: P,
    batch: { mayBeHeld: boolean; strikes: (share: number | undefined) => boolean },
  ) => BatchFate;
}

export type Seam = keyof Seams<object>;

type AtLeastOne<T> = { [Key in keyof T]: Pick<T, Key> & Partial<T> }[keyof T];

interface Description<P> {
  /** Any request when left out. */
  reach?: Reach;
  /** The status the client gets when no handler sees the request; null when it gets none. */
  finalStatus?: (parameters: P) => number | null;
}

/** One kind of fault. Its functions take parameters that were read as it describes them. */
export type Fault = Description<JsonRecord> &
  AtLeastOne<Seams<JsonRecord>> & { parameters: ObjectSchema<JsonRecord> };

/** A kind of fault and its parameters. One that strikes nowhere is none, and does not compile. */
export function fault<const F extends Fields>(
  kind: Description<ValuesOf<F>> &
    AtLeastOne<Seams<ValuesOf<F>>> & {
      parameters: F;
      /** The fault does nothing without one of these. */
      needsOneOf?: readonly (keyof F & string)[];
    },
): Fault {
  const { parameters, needsOneOf, ...strikes } = kind;
  const check = (given: JsonRecord): string | undefined =>
    needsOneOf?.every((name) => given[name] === undefined)
      ? `needs ${needsOneOf.join(' or ')}.`
      : undefined;
  return {
    ...strikes,
    parameters: object('Parameters.', parameters, { check }),
  } as unknown as Fault;
}
