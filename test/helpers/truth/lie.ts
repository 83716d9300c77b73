import type { Chance } from './chance.ts';
import type { TruthEngine } from './engine.ts';
import type { Call } from './policies.ts';
import type { Routed } from './truth-log.ts';
import type { ChatBody } from './words.ts';

/** A request with what the router decided and what is true of it. */
export interface Exchange {
  body: ChatBody;
  /** The body as the engine gets it. */
  sent: string;
  call: Call;
  routed: Routed;
  engines: readonly TruthEngine[];
  /** Requests this router has open, this one included. */
  open: number;
  chance: Chance;
}

/** An answer the router gives by itself. */
export interface Reply {
  status: number;
  contentType: string;
  text: string;
}

/** Ends the connection where it stands. */
export const CUT = Symbol('cut');
/** Says nothing until the client gives up. */
export const HANG = Symbol('hang');

/** One way of a router to deceive; several may be told at once. */
export interface Lie {
  /** What the engine gets in place of what the client sent. */
  rewrite?: (body: ChatBody) => ChatBody;
  /** An answer without asking an engine; undefined: the truth. */
  instead?: (exchange: Exchange) => Reply | typeof HANG | undefined;
  /** The engine it names in its header. */
  names?: (exchange: Exchange) => string;
  /** What becomes of an event of a stream, or of a whole answer in JSON; null drops it. */
  event?: (event: string, exchange: Exchange, index: number) => string | null | typeof CUT;
  /** Milliseconds it waits before it sends the request on. */
  delayMs?: (exchange: Exchange) => number;
  /** Hears every whole answer of an engine. */
  hear?: (exchange: Exchange, reply: Reply) => void;
  /** `again`: each request twice, the second answer counts. `race`: to two engines, the first answer counts. */
  copies?: 'again' | 'race';
}
