import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { type Chance, indexOf } from './chance.ts';
import type { TruthEngine } from './engine.ts';
import { blockKeys } from './prefix-cache.ts';
import { hashText } from './words.ts';

/** A request as a router sees it. */
export interface Call {
  headers: IncomingHttpHeaders;
  socket: Socket;
  text: string;
  tokens: readonly number[];
  nowMs: number;
}

/** What a router may look at; by engine, in the order of `engines`. */
export interface Fleet {
  engines: readonly TruthEngine[];
  inFlight: readonly number[];
  /** Requests sent there so far. */
  sent: readonly number[];
  chance: Chance;
}

export interface Choice {
  engine: number;
  why: string;
}

/** Chooses for each request; may remember. */
export type Policy = (call: Call, fleet: Fleet) => Choice | Promise<Choice>;

/** Asks the engines' own caches: an index that is never wrong. */
export function perfect(): Policy {
  return indexFed(0);
}

/** Knows what the engines held some time ago. */
export function indexFed(lagMs: number): Policy {
  return (call, fleet) => {
    const known = heldBy(call, fleet, lagMs === 0 ? Infinity : call.nowMs - lagMs);
    const most = Math.max(...known);
    if (most === 0) return random()(call, fleet);
    return { engine: oneOf(indicesOf(known, most), fleet), why: 'holder' };
  };
}

/** Never an engine that holds the most, as long as there is another. */
export function alwaysWrong(): Policy {
  return (call, fleet) => {
    const known = heldBy(call, fleet);
    const most = Math.max(...known);
    const others = known.flatMap((held, engine) => (held < most ? [engine] : []));
    if (others.length === 0) return random()(call, fleet);
    return { engine: oneOf(others, fleet), why: 'not-the-holder' };
  };
}

export function alwaysOne(engine = 0): Policy {
  return () => ({ engine, why: 'always' });
}

/** Words per remembered piece: a memory of every single word would be large. */
const PIECE_WORDS = 8;
/** Share of a prompt that must be known for the memory to decide, as in SMG's `cache_threshold`. */
const MATCH_SHARE = 0.5;

/**
 * Remembers which beginnings it sent where, and sends what shares more than half of its words with
 * one of them there too; else to the engine with the least in flight, then the fewest so far.
 */
export function prefixMemory(): Policy {
  const memory = new Map<number, number>();
  return (call, fleet) => {
    const words = call.text.split(/\s+/).map((word) => hashText(word));
    const keys = blockKeys(words, PIECE_WORDS);
    let known = 0;
    while (known < keys.length && memory.has(keys[known]!)) known++;
    const isKnown = known * PIECE_WORDS > MATCH_SHARE * words.length;
    const engine = isKnown ? memory.get(keys[known - 1]!)! : leastLoaded(fleet);
    for (const key of keys) memory.set(key, engine);
    return { engine, why: isKnown ? 'remembered' : 'new' };
  };
}

/** Remembers whole prompts only. */
export function exactMemory(): Policy {
  const memory = new Map<string, number>();
  return (call, fleet) => {
    const known = memory.get(call.text);
    const engine = known ?? leastLoaded(fleet);
    memory.set(call.text, engine);
    return { engine, why: known === undefined ? 'new' : 'remembered' };
  };
}

/** A function of the whole prompt. */
export function promptHash(): Policy {
  return ({ text }, { engines }) => ({ engine: hashText(text) % engines.length, why: 'hash' });
}

/** A function of the first words. */
export function prefixHash(words = 64): Policy {
  return ({ text }, { engines }) => {
    const beginning = text.split(/\s+/, words).join(' ');
    return { engine: hashText(beginning) % engines.length, why: 'hash' };
  };
}

/** Requests with one value of this header go to one engine; those without it anywhere. */
export function sessionSticky(header = 'x-session-id'): Policy {
  return (call, fleet) => {
    const session = call.headers[header];
    if (typeof session !== 'string') return random()(call, fleet);
    return { engine: hashText(session) % fleet.engines.length, why: 'session' };
  };
}

/** A balancer of connections: each stays where its first request went. */
export function connectionSticky(): Policy {
  const homes = new WeakMap<Socket, number>();
  let next = 0;
  return ({ socket }, { engines }) => {
    const engine = homes.get(socket) ?? next++ % engines.length;
    homes.set(socket, engine);
    return { engine, why: 'connection' };
  };
}

export function random(): Policy {
  return (_call, { engines, chance }) => ({
    engine: indexOf(chance, engines.length),
    why: 'random',
  });
}

export function roundRobin(): Policy {
  let next = 0;
  return (_call, { engines }) => ({ engine: next++ % engines.length, why: 'turn' });
}

export function leastInFlight(): Policy {
  return (_call, fleet) => {
    const least = Math.min(...fleet.inFlight);
    return { engine: oneOf(indicesOf(fleet.inFlight, least), fleet), why: 'least-in-flight' };
  };
}

export function powerOfTwo(): Policy {
  return (_call, { engines, inFlight, chance }) => {
    const [first, second] = [indexOf(chance, engines.length), indexOf(chance, engines.length)];
    return { engine: inFlight[first]! <= inFlight[second]! ? first : second, why: 'less-of-two' };
  };
}

/** Most to the first engine, the rest evenly over the others: a hot spot. */
export function weighted(share = 0.8): Policy {
  return (_call, { engines, chance }) => ({
    engine: chance() < share ? 0 : 1 + indexOf(chance, engines.length - 1),
    why: 'weight',
  });
}

/** Tokens of the prompt that each engine holds. */
export function heldBy(
  { tokens }: Pick<Call, 'tokens'>,
  { engines }: Pick<Fleet, 'engines'>,
  storedByMs = Infinity,
): number[] {
  return engines.map(({ cache }) => cache.held(tokens, storedByMs));
}

function leastLoaded({ inFlight, sent }: Fleet): number {
  const least = Math.min(...inFlight);
  const idle = indicesOf(inFlight, least);
  return idle.reduce((best, engine) => (sent[engine]! < sent[best]! ? engine : best));
}

function indicesOf(values: readonly number[], wanted: number): number[] {
  return values.flatMap((value, index) => (value === wanted ? [index] : []));
}

function oneOf(choices: readonly number[], { chance }: Fleet): number {
  return choices[indexOf(chance, choices.length)]!;
}
