import { describe, expect, it } from 'vitest';
import {
  type BlockCount,
  countedRequests,
  type PhaseCount,
} from '../../../src/verify/evidence/block-count.ts';
import { judgeTraffic } from '../../../src/verify/evidence/traffic.ts';
import type { Invalidation } from '../../../src/verify/result/result.ts';
import { blockOf, phaseOf, PROMPT_TOKENS } from '../measured.ts';

const PRIMES = phaseOf([
  [5, 0],
  [5, 0],
]);

/** Ten requests through the gateway were answered; the engines counted what is given. */
function measuredAs(
  counted: readonly (readonly [number, number])[],
  changes: Partial<PhaseCount> = {},
): BlockCount {
  const measured = phaseOf(counted, {
    certain: 10,
    throughGateway: 10,
    promptTokens: 10 * PROMPT_TOKENS,
    ...changes,
  });
  return blockOf('C', { primes: PRIMES, measured });
}

function judged(block: BlockCount, requestsSeenTwice = false): Invalidation[] {
  return judgeTraffic([block], 2, requestsSeenTwice);
}

const codesOf = (found: readonly Invalidation[]): string[] => found.map(({ code }) => code);

describe('counters of a block', () => {
  it('are fine when they add up to our own requests', () => {
    expect(
      judged(
        measuredAs([
          [6, 0],
          [4, 0],
        ]),
      ),
    ).toEqual([]);
  });

  it('may count what was cut off, or not', () => {
    const broken = { certain: 8, uncertain: 2 };
    for (const counted of [8, 9, 10]) {
      expect(
        judged(
          measuredAs(
            [
              [counted, 0],
              [0, 0],
            ],
            broken,
          ),
        ),
      ).toEqual([]);
    }
    expect(
      codesOf(
        judged(
          measuredAs(
            [
              [11, 0],
              [0, 0],
            ],
            broken,
          ),
        ),
      ),
    ).not.toEqual([]);
  });

  it('say nothing unless every engine counts', () => {
    const half = measuredAs([[20, 0]]);
    expect(countedRequests(half.measured.delta, 2)).toBeNull();
    expect(judged({ ...half, primes: half.measured })).toEqual([]);
  });
});

describe('answers that no engine counted', () => {
  it('are somebody else’s', () => {
    const [found] = judged(
      measuredAs([
        [4, 0],
        [4, 0],
      ]),
    );
    expect(found).toMatchObject({
      code: 'answered-without-engine',
      reason: '2 of 20 answers that came through the gateway were counted by no engine.',
    });
  });

  it('are missing over all blocks together: one late counter is no proof', () => {
    const late = measuredAs([
      [5, 0],
      [4, 0],
    ]);
    const full = measuredAs([
      [5, 0],
      [5, 0],
    ]);
    expect(judgeTraffic([late, full, full], 2, false)).toEqual([]);
  });

  it('are not looked for where nothing went through a gateway', () => {
    const straight = { throughGateway: 0 };
    const block = measuredAs(
      [
        [4, 0],
        [4, 0],
      ],
      straight,
    );
    expect(judged({ ...block, primes: { ...PRIMES, ...straight } })).toEqual([]);
  });
});

describe('more than ours', () => {
  const more = (changes: Partial<PhaseCount> = {}, each = PROMPT_TOKENS) => {
    const block = measuredAs(
      [
        [7, 0],
        [5, 0],
      ],
      changes,
    );
    const [a, b] = Object.values(block.measured.delta.engines);
    a!.promptTokens = 5 * PROMPT_TOKENS + 2 * each;
    b!.promptTokens = 5 * PROMPT_TOKENS;
    return block;
  };

  it('of our prompts’ length, through the gateway only, are its retries or hedges', () => {
    expect(codesOf(judged(more()))).toEqual(['repeated-requests']);
  });

  it('of another length are a stranger’s', () => {
    expect(codesOf(judged(more({}, 40)))).toEqual(['foreign-traffic']);
  });

  it('of another length are repeats all the same where each was seen counted twice', () => {
    expect(codesOf(judged(more({}, 40), true))).toEqual(['repeated-requests']);
  });

  it('straight at the engines are no gateway’s', () => {
    expect(codesOf(judged(more({ throughGateway: 0 })))).toEqual(['foreign-traffic']);
  });

  it('of unknown length are a stranger’s', () => {
    const block = more();
    for (const it of Object.values(block.measured.delta.engines)) it.promptTokens = null;
    expect(codesOf(judged(block))).toEqual(['foreign-traffic']);
  });

  it('at the gateway are foreign as well', () => {
    const block = measuredAs([
      [5, 0],
      [5, 0],
    ]);
    block.measured.delta.upstream = { 'a:1': 7, 'b:1': 4 };
    expect(judged(block)).toMatchObject([
      { code: 'foreign-traffic', reason: expect.stringContaining('counted 11 requests') },
    ]);
    block.measured.delta.upstream = { 'a:1': 6, 'b:1': 4 };
    expect(judged(block)).toEqual([]);
  });

  it('in several blocks are told once, with how many more there are', () => {
    const found = judgeTraffic([more({}, 40), more({}, 40), more({}, 40)], 2, false);
    expect(found).toHaveLength(1);
    expect(found[0]!.reason).toContain('The same in 2 more places.');
  });
});

describe('counters that go backwards', () => {
  it('are a restart, and nothing else is concluded from them', () => {
    const block = measuredAs([
      [-90, 0],
      [5, 0],
    ]);
    expect(judged(block)).toMatchObject([
      { code: 'counter-reset', reason: expect.stringContaining('engine-a') },
    ]);
  });

  it('may be the gateway’s', () => {
    const block = measuredAs([
      [5, 0],
      [5, 0],
    ]);
    block.measured.delta.upstream = { 'a:1': -40 };
    expect(judged(block)[0]!.reason).toContain('The counters of the gateway');
  });
});
