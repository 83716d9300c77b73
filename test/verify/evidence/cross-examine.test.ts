import { describe, expect, it } from 'vitest';
import { crossExamine } from '../../../src/verify/evidence/cross-examine.ts';
import { isTrusted } from '../../../src/verify/evidence/attribution.ts';
import type { BlockCount } from '../../../src/verify/evidence/block-count.ts';
import type { ArmId } from '../../../src/verify/result/result-arms.ts';
import {
  blockOf,
  type Changes,
  HIT_TOKENS,
  measuredMany,
  phaseOf,
  routingOf,
  runOf,
} from '../measured.ts';

const N = 32;

/** Arm D, straight at the holder, of which this share is still there. */
function direct(held: number) {
  const kept = Math.round(held * N);
  return [
    ...measuredMany(kept, { arm: 'D', experiment: { directId: 'engine-a' } }),
    ...measuredMany(N - kept, { arm: 'D', cachedTokens: 0, experiment: { directId: 'engine-a' } }),
  ];
}

/** The engines counted this many hits of `N` requests. */
function counted(arm: ArmId, hits: number): BlockCount {
  const step = phaseOf([
    [N / 2, hits * HIT_TOKENS],
    [N / 2, 0],
  ]);
  return blockOf(arm, { primes: step, measured: step });
}

function examined(routed: Changes, { hits, held = 1 }: { hits?: number; held?: number }) {
  const counts = hits === undefined ? [] : [counted('C', hits), counted('D', held * N)];
  return crossExamine(runOf([...measuredMany(N, routed), ...direct(held)], { counts }));
}

describe('claims under load', () => {
  it('are believed while the engines count as many hits', () => {
    expect(examined({}, { hits: N }).sources).toEqual([]);
    expect(examined({}, { hits: N - 3 }).sources).toEqual([]);
  });

  it('of cached tokens are dropped when the engines counted fewer', () => {
    const trust = examined({ headerServedBy: undefined }, { hits: N / 2 });
    expect(trust.sources).toEqual([
      {
        source: 'cached-tokens',
        compared: N,
        agreed: N / 2,
        isTrusted: false,
        contradiction: '32 hits claimed with routing on (C), the engines counted 16',
      },
    ]);
  });

  it('of a header are dropped when the engines counted fewer', () => {
    const trust = examined({ cachedTokens: undefined }, { hits: N / 2 });
    expect(isTrusted('header', trust)).toBe(false);
    expect(isTrusted('body', trust)).toBe(true);
  });

  it('of a header are dropped without counters when answers report that nothing was there', () => {
    const trust = examined({ cachedTokens: 0 }, {});
    expect(trust.sources).toMatchObject([
      {
        source: 'header',
        isTrusted: false,
        contradiction:
          '32 requests with routing on (C) were said to be at the holder and found nothing cached',
      },
    ]);
  });

  it('add to what was agreed on while watched', () => {
    const before = {
      source: 'header' as const,
      compared: 20,
      agreed: 20,
      isTrusted: true,
      contradiction: null,
    };
    const run = runOf([...measuredMany(N, { cachedTokens: 0 }), ...direct(1)], {
      trust: { sources: [before] },
    });
    expect(crossExamine(run).sources).toMatchObject([
      { source: 'header', compared: 20 + N, agreed: 20, isTrusted: false },
    ]);
  });

  it('are excused where prefixes do not survive: then a right choice hits nothing either', () => {
    expect(examined({ cachedTokens: 0 }, { held: 0.5 }).sources).toEqual([]);
    expect(examined({ cachedTokens: undefined }, { hits: N / 2, held: 0.5 }).sources).toEqual([]);
  });

  it('of a header are excused where a gateway sets prompts apart: the holder finds nothing either', () => {
    const samples = [...measuredMany(N, { cachedTokens: 0 }), ...direct(1)];
    const routing = routingOf({ reached: 8, reachedCold: 8 });
    expect(crossExamine(runOf(samples, { routing })).sources).toEqual([]);
  });

  it('that are too few are no claim', () => {
    expect(
      examined({ cachedTokens: undefined, headerServedBy: undefined }, { hits: 0 }).sources,
    ).toEqual([]);
  });
});
