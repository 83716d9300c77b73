import { sumOf } from '../../base/lists.ts';
import { type Chunking, chunksOf } from './first-tokens.ts';
import type { Observation } from './observation.ts';
import type { Seen } from './timeline.ts';

/** Tokens of one step reach a client so close together. */
const TOGETHER_MS = 2;

/**
 * Steps in which one prompt's last chunk was computed while others decoded: how long each took, the tokens of the
 * others tell, whenever it was that the prompt came.
 */
export function sharedSteps(timeline: readonly Seen[], chunking: Chunking): Observation[] {
  const byEnd = timeline.toSorted((a, b) => a.firstMs - b.firstMs);
  const active = new Set<Seen>();
  let next = 0;
  return byEnd.flatMap((seen) => {
    while (next < timeline.length && timeline[next]!.sentMs < seen.firstMs)
      active.add(timeline[next++]!);
    for (const it of active) if (it.lastMs < seen.sentMs) active.delete(it);
    const found = observed(seen, active, chunking);
    return found ? [found] : [];
  });
}

function observed(
  seen: Seen,
  active: ReadonlySet<Seen>,
  chunking: Chunking,
): Observation | undefined {
  const { sample, cachedTokens, promptTokens, arrivalsMs, firstMs, sentMs } = seen;
  const isUsed = sample.phase === 'measure' && arrivalsMs.length > 0;
  if (!isUsed || cachedTokens === undefined) return undefined;
  const others = [...active].filter((it) => it !== seen);
  // Who else was computed meanwhile, or may have been, nobody could tell from this one.
  const isCrowded = others.some((it) => it.firstMs > sentMs && it.sentMs < firstMs);
  const shares = others.flatMap((it) => shareOf(it, firstMs) ?? []);
  if (isCrowded || shares.length === 0 || shares.some((it) => it.fromMs < sentMs)) return undefined;
  const [chunk] = chunksOf({ promptTokens, cachedTokens }, chunking).slice(-1);
  return {
    kind: 'first-token',
    ms: firstMs - sumOf(shares, (it) => it.fromMs) / shares.length,
    amounts: {
      ...chunk,
      stepMs: 1,
      decodeMsPerRequest: shares.length,
      decodeMsPerContextToken: sumOf(shares, (it) => it.contextTokens),
    },
    steps: 1,
    chunks: [chunk!],
    atMs: sentMs,
    block: sample.block,
  };
}

/** When the step began that gave a decoding request the token that came at `atMs`; undefined where none did. */
function shareOf({ arrivalsMs, tokensPerPiece, promptTokens }: Seen, atMs: number) {
  const at = arrivalsMs.findIndex((it) => Math.abs(it - atMs) <= TOGETHER_MS);
  // What comes several tokens at a time does not show single steps.
  if (at < 1 || tokensPerPiece !== 1) return undefined;
  return { fromMs: arrivalsMs[at - 1]!, contextTokens: promptTokens + at };
}
