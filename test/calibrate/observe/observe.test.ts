import { describe, expect, it } from 'vitest';
import { observationsOf, splitOf } from '../../../src/calibrate/observe/observe.ts';
import type { Sample } from '../../../src/load/sample.ts';
import { streamed } from '../samples.ts';

const CHUNKING = { prefillChunkTokens: 2_048, maxBatchedTokens: 8_192 };

function seenOf(samples: Sample[], kind: 'first-token' | 'step' | 'end') {
  return observationsOf(samples, CHUNKING).filter((it) => it.kind === kind);
}

describe('first tokens', () => {
  it('count where the request had the engine to itself, from its sending to its first token', () => {
    const alone = streamed({ sentMs: 0, ttftMs: 50, tokens: 3, prompt: 5_000, cached: 1_000 });
    const next = streamed({ sentMs: 60, ttftMs: 90, tokens: 1 });
    const [first, ...others] = seenOf([alone, next], 'first-token');
    expect(others).toEqual([]);
    expect(first).toMatchObject({
      ms: 50,
      amounts: {
        apiMs: 1,
        stepMs: 2,
        prefillMsPerToken: 4_000,
        prefillMsPerTokenSquared: 5_000 ** 2 - 1_000 ** 2,
      },
    });
    expect(first!.chunks.map((it) => it.prefillMsPerToken)).toEqual([2_048, 1_952]);
  });

  it('do not while another is prefilled before them', () => {
    const one = streamed({ sentMs: 0, ttftMs: 50, tokens: 1 });
    const other = streamed({ sentMs: 10, ttftMs: 90, tokens: 1 });
    expect(seenOf([one, other], 'first-token')).toEqual([]);
  });

  it('do not where nobody says what was cached, but for what nobody asked before', () => {
    const unsaid = streamed({ sentMs: 0, ttftMs: 5, tokens: 1, cached: undefined });
    expect(seenOf([unsaid], 'first-token')).toEqual([]);
    expect(seenOf([{ ...unsaid, arm: 'cold' }], 'first-token')).toHaveLength(1);
  });

  it('keep the engine busy with what failed', () => {
    const failed = streamed({ sentMs: 0, ttftMs: 100, tokens: 1, more: { failure: 'timeout' } });
    const beside = streamed({ sentMs: 10, ttftMs: 20, tokens: 1 });
    expect(seenOf([failed, beside], 'first-token')).toEqual([]);
  });
});

describe('stretches of decoding', () => {
  it('are one observation, however many requests are in them', () => {
    const batch = Array.from({ length: 8 }, (_, at) =>
      streamed({
        sentMs: 0,
        ttftMs: 20,
        tokens: 11,
        gapMs: 12,
        prompt: 100 + at,
        more: { id: at },
      }),
    );
    const [stretch, ...others] = seenOf(batch, 'step');
    expect(others).toEqual([]);
    expect(stretch!.ms).toBeCloseTo(12, 9);
    expect(stretch!.steps).toBe(10);
    expect(stretch!.amounts.decodeMsPerRequest).toBe(8);
    // The first gap is over the prompt and one token, the last over ten.
    expect(stretch!.amounts.decodeMsPerContextToken).toBeCloseTo(8 * (103.5 + 5.5), 9);
  });

  it('end where somebody begins to prefill', () => {
    const long = streamed({ sentMs: 0, ttftMs: 10, tokens: 101 });
    const short = streamed({ sentMs: 505, ttftMs: 100, tokens: 1 });
    const found = seenOf([long, short], 'step');
    expect(found.map(({ steps }) => steps)).toEqual([49, 40]);
    expect(found.every(({ amounts }) => amounts.decodeMsPerRequest === 1)).toBe(true);
  });

  it('count tokens, not the pieces they came in', () => {
    const pieces = streamed({ sentMs: 0, ttftMs: 10, tokens: 11, gapMs: 30 });
    const [found] = seenOf([{ ...pieces, outputTokens: 31 }], 'step');
    expect(found!.ms).toBeCloseTo(10, 9);
    expect(found!.steps).toBe(30);
  });
});

describe('ends of answers', () => {
  it('that come in one step are one observation', () => {
    const pair = [5, 9].map((tokens) =>
      streamed({ sentMs: 0, ttftMs: 100 - tokens * 10, tokens, more: { id: tokens } }),
    );
    expect(seenOf(pair, 'end')).toMatchObject([
      { ms: 1, amounts: { postMs: 1, outputMsPerToken: 7 } },
    ]);
  });
});

describe('what is kept back', () => {
  it('is every fourth round', () => {
    const samples = Array.from({ length: 8 }, (_, at) =>
      streamed({ sentMs: at * 100, ttftMs: 5, tokens: 1, more: { block: at } }),
    );
    const { isHeldOut } = splitOf(samples);
    const held = samples.filter(({ block, sentMs }) => isHeldOut({ block, atMs: sentMs }));
    expect(held.map(({ block }) => block)).toEqual([3, 7]);
  });

  it('is the last quarter where there are no rounds', () => {
    const samples = Array.from({ length: 8 }, (_, at) =>
      streamed({ sentMs: at * 100, ttftMs: 5, tokens: 1 }),
    );
    const { isHeldOut } = splitOf(samples);
    const held = samples.filter(({ block, sentMs }) => isHeldOut({ block, atMs: sentMs }));
    expect(held.map(({ sentMs }) => sentMs)).toEqual([600, 700]);
  });
});
