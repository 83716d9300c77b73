import type { Observation } from './observation.ts';
import type { Seen } from './timeline.ts';

/** Fewer gaps say little, and their ends are the least certain part of them. */
const STEPS_MIN = 4;

/** The engine stood between two changes of who is prefilling and who is decoding. */
interface Stretch {
  fromMs: number;
  toMs: number;
  decoding: readonly Seen[];
}

/**
 * Mean times between tokens, one for each stretch in which nothing was prefilled and the same requests
 * decoded. All of them get a token in the same step, so that a stretch is one observation, not one for each.
 */
export function steps(timeline: readonly Seen[]): Observation[] {
  return stretchesOf(timeline).flatMap((it) => {
    const found = observed(it);
    return found && found.steps >= STEPS_MIN ? [found] : [];
  });
}

type Change = { atMs: number; seen: Seen; to: 'prefilling' | 'decoding' | 'gone' };

function stretchesOf(timeline: readonly Seen[]): Stretch[] {
  const changes = timeline
    .flatMap((seen): Change[] => [
      { atMs: seen.sentMs, seen, to: 'prefilling' },
      { atMs: seen.firstMs, seen, to: 'decoding' },
      { atMs: seen.lastMs, seen, to: 'gone' },
    ])
    .toSorted((a, b) => a.atMs - b.atMs);
  const stretches: Stretch[] = [];
  const prefilling = new Set<Seen>();
  const decoding = new Set<Seen>();
  let fromMs = 0;
  for (const { atMs, seen, to } of changes) {
    if (prefilling.size === 0 && decoding.size > 0 && atMs > fromMs) {
      stretches.push({ fromMs, toMs: atMs, decoding: [...decoding] });
    }
    fromMs = atMs;
    prefilling.delete(seen);
    decoding.delete(seen);
    if (to === 'prefilling') prefilling.add(seen);
    if (to === 'decoding' && seen.arrivalsMs.length > 0) decoding.add(seen);
  }
  return stretches;
}

function observed({ fromMs, toMs, decoding }: Stretch): Observation | undefined {
  const parts = decoding.map((seen) => partOf(seen, fromMs, toMs));
  const known = parts.filter((it) => it !== undefined);
  // Of one that got no two tokens nobody knows what it took part in.
  if (known.length < parts.length || !decoding.every(isMeasured)) return undefined;
  const mean = (of: (part: Part) => number): number =>
    known.reduce((sum, part) => sum + of(part), 0) / known.length;
  return {
    kind: 'step',
    ms: mean((it) => it.stepMs),
    amounts: {
      stepMs: 1,
      decodeMsPerRequest: decoding.length,
      decodeMsPerContextToken: decoding.length * mean((it) => it.contextTokens),
    },
    steps: mean((it) => it.steps),
    chunks: [],
    atMs: fromMs,
    block: decoding[0]!.sample.block,
  };
}

const isMeasured = ({ sample }: Seen): boolean => sample.phase === 'measure';

interface Part {
  stepMs: number;
  steps: number;
  contextTokens: number;
}

/** What one request saw of a stretch: the gaps that lie within it. */
function partOf(seen: Seen, fromMs: number, toMs: number): Part | undefined {
  const { arrivalsMs, tokensPerPiece, promptTokens } = seen;
  const first = arrivalsMs.findIndex((it) => it >= fromMs - ROUNDING_MS);
  const last = arrivalsMs.findLastIndex((it) => it <= toMs + ROUNDING_MS);
  const gaps = last - first;
  if (first === -1 || gaps < 1) return undefined;
  const count = gaps * tokensPerPiece;
  return {
    stepMs: (arrivalsMs[last]! - arrivalsMs[first]!) / count,
    steps: count,
    contextTokens: promptTokens + (tokensPerPiece * (first + 1 + last)) / 2,
  };
}

/** Marks are kept in whole microseconds. */
const ROUNDING_MS = 0.002;
