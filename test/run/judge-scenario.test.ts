import { describe, expect, it } from 'vitest';
import type { Check } from '../../src/base/outcome.ts';
import type { ScenarioEvidence, SentRequest } from '../../src/run/evidence.ts';
import { judgeScenario } from '../../src/run/judge-scenario.ts';
import type { CheckSpec } from '../../src/run/scenario.ts';

function request(more: Partial<SentRequest>): SentRequest {
  return {
    step: 'first',
    promptKey: 'p/0',
    groupKey: 'p/0',
    failure: undefined,
    status: 200,
    servedBy: 'engine-a',
    promptTokens: 100,
    cachedTokens: 0,
    predictedTokens: undefined,
    reason: 'no-holder',
    ttftMs: 10,
    latencyMs: 20,
    startMs: 0,
    answer: 'yes',
    ...more,
  };
}

function times(count: number, more: (index: number) => Partial<SentRequest>): SentRequest[] {
  return Array.from({ length: count }, (_, index) => request(more(index)));
}

function judge(
  spec: Partial<CheckSpec>,
  requests: readonly SentRequest[],
  evidence: Partial<ScenarioEvidence> = {},
): Check {
  const check: CheckSpec = {
    id: 'it',
    claim: 'It holds',
    measure: 'requests-failed',
    steps: ['first', 'again'],
    against: [],
    reasons: [],
    atLeast: undefined,
    atMost: undefined,
    remedy: 'Mend it.',
    ...spec,
  };
  const all = {
    engineIds: ['engine-a', 'engine-b'],
    requests,
    blocksEvicted: 0,
    timersLateMsP50: { first: 2, again: 2 },
    ...evidence,
  };
  return judgeScenario([check], all, 1)[0]!;
}

/** `hits` of `total` repeats of one prompt at its holder. */
function repeats(hits: number, total: number): SentRequest[] {
  return [
    request({}),
    ...times(total, (index) => ({
      step: 'again',
      servedBy: index < hits ? 'engine-a' : 'engine-b',
    })),
  ];
}

describe('a rate', () => {
  const spec = { measure: 'holder-rate', steps: ['again'], atLeast: 0.8 } as const;

  it('passes when its whole interval keeps the bound', () => {
    expect(judge(spec, repeats(20, 20))).toMatchObject({
      outcome: 'pass',
      remedy: '',
      expected: 'holder rate ≥ 80 % (again)',
      actual: '100 % (95 %: 83.9 to 100 %)',
    });
  });

  it('decides nothing where the interval holds the bound, however good it looks', () => {
    expect(judge(spec, repeats(10, 10)).outcome).toBe('inconclusive');
    expect(judge(spec, repeats(14, 20)).outcome).toBe('inconclusive');
  });

  it('fails when all of the interval breaks it', () => {
    expect(judge(spec, repeats(10, 20))).toMatchObject({
      outcome: 'fail',
      remedy: 'Mend it.',
      evidence: '10 of 20 repeats went to the engine that served them first',
    });
  });

  it('is inconclusive without repeats, and leaves out who nobody named', () => {
    expect(judge(spec, [request({})]).outcome).toBe('inconclusive');
    const unknown = times(20, () => ({ step: 'again', servedBy: undefined }));
    expect(judge(spec, [request({}), ...unknown]).outcome).toBe('inconclusive');
  });
});

describe('tokens', () => {
  it('cached-share weighs by tokens; answers that do not say are left out', () => {
    const requests = [
      request({ promptTokens: 300, cachedTokens: 300 }),
      request({ promptTokens: 100, cachedTokens: 0 }),
      request({ promptTokens: 900, cachedTokens: undefined }),
      request({ promptTokens: 900, cachedTokens: 900, failure: 'cut' }),
    ];
    expect(judge({ measure: 'cached-share', atLeast: 0.75, atMost: 0.75 }, requests)).toMatchObject(
      { outcome: 'pass', actual: '75 %' },
    );
    expect(judge({ measure: 'cached-share', atLeast: 0.76 }, requests).outcome).toBe('fail');
    const silent = [request({ cachedTokens: undefined })];
    expect(judge({ measure: 'cached-share', atMost: 1 }, silent).outcome).toBe('inconclusive');
  });

  it('unkept-prediction-share counts what was promised and missing, not what came on top', () => {
    const requests = [
      request({ predictedTokens: 100, cachedTokens: 20 }),
      request({ predictedTokens: 100, cachedTokens: 180 }),
    ];
    const spec = { measure: 'unkept-prediction-share' } as const;
    expect(judge({ ...spec, atLeast: 0.4, atMost: 0.4 }, requests).outcome).toBe('pass');
    expect(judge({ ...spec, atMost: 1 }, [request({})]).outcome).toBe('inconclusive');
  });

  it('growing-rate looks at each chat by itself', () => {
    const grow = (step: number): SentRequest[] =>
      times(40, (index) => ({
        groupKey: `chat-${index % 2}`,
        cachedTokens: Math.floor(index / 2) * step,
      }));
    const spec = { measure: 'growing-rate', atLeast: 0.8 } as const;
    expect(judge(spec, grow(16)).outcome).toBe('pass');
    expect(judge(spec, grow(0)).outcome).toBe('fail');
  });

  it('cache-hit-rate counts answers with any cached token', () => {
    const requests = times(40, (index) => ({ cachedTokens: index === 0 ? 0 : 16 }));
    expect(judge({ measure: 'cache-hit-rate', atLeast: 0.8 }, requests).outcome).toBe('pass');
  });
});

describe('counts and shares', () => {
  const mixed = [
    ...times(6, () => ({})),
    ...times(2, () => ({ servedBy: 'engine-b' })),
    request({ failure: 'unanswered', status: 503 }),
    request({ failure: 'cut' }),
  ];

  it.each([
    ['requests-failed', 2],
    ['requests-unanswered', 1],
    ['streams-cut', 1],
    ['largest-share', 0.75],
    ['smallest-share', 0.25],
  ] as const)('%s is exactly %d', (measure, value) => {
    expect(judge({ measure, atLeast: value, atMost: value }, mixed).outcome).toBe('pass');
    expect(judge({ measure, atMost: value - 0.1 }, mixed).outcome).toBe('fail');
  });

  it('an engine that served nothing has a share of 0', () => {
    expect(judge({ measure: 'smallest-share', atMost: 0 }, [request({})]).outcome).toBe('pass');
  });

  it('reason-rate names what it saw', () => {
    const requests = times(30, (index) => ({ reason: index < 29 ? 'hit' : 'tie' }));
    const spec = { measure: 'reason-rate', reasons: ['hit'], atLeast: 0.8 } as const;
    expect(judge(spec, requests)).toMatchObject({
      outcome: 'pass',
      evidence: 'reasons: hit 29, tie 1',
    });
  });

  it('answers-differing needs a prompt that was answered twice', () => {
    const spec = { measure: 'answers-differing', atMost: 0 } as const;
    expect(judge(spec, [request({})]).outcome).toBe('inconclusive');
    expect(judge(spec, [request({}), request({})]).outcome).toBe('pass');
    expect(judge(spec, [request({}), request({ answer: 'no' })]).outcome).toBe('fail');
  });

  it('blocks-evicted is the engines’ own count', () => {
    const spec = { measure: 'blocks-evicted', atLeast: 100 } as const;
    expect(judge(spec, [], { blocksEvicted: 100 }).outcome).toBe('pass');
    expect(judge(spec, [], { blocksEvicted: 99 }).outcome).toBe('fail');
  });
});

describe('ttft-ratio', () => {
  const spec = { measure: 'ttft-ratio', steps: ['again'], against: ['first'] } as const;
  const late = { timersLateMsP50: { first: 80, again: 80 } };
  const run = (ratio: number): SentRequest[] =>
    ['first', 'again'].flatMap((step) =>
      times(12, (index) => ({
        step,
        promptKey: `p/${index}`,
        ttftMs: (100 + index) * (step === 'again' ? ratio : 1),
      })),
    );

  it('compares the same prompts', () => {
    expect(judge({ ...spec, atMost: 0.5 }, run(0.2))).toMatchObject({
      outcome: 'pass',
      actual: expect.stringMatching(/^0\.20× \(95 %: 0\.\d+× to 0\.\d+×\)$/),
    });
    expect(judge({ ...spec, atMost: 0.5 }, run(0.9)).outcome).toBe('fail');
    expect(judge({ ...spec, atLeast: 0.8 }, run(1)).outcome).toBe('pass');
    expect(judge({ ...spec, atLeast: 0.8 }, run(0.2)).outcome).toBe('fail');
    expect(judge({ ...spec, atMost: 0.5 }, []).outcome).toBe('inconclusive');
  });

  it('forgives lateness below the difference that is judged', () => {
    const some = { timersLateMsP50: { first: 20, again: 20 } };
    expect(judge({ ...spec, atLeast: 0.8 }, run(1), some).outcome).toBe('pass');
  });

  it('takes no gain from timers that were later before than after', () => {
    const before = { timersLateMsP50: { first: 40, again: 0 } };
    expect(judge({ ...spec, atMost: 0.5 }, run(0.2), before).outcome).toBe('invalid');
    expect(judge({ ...spec, atLeast: 0.8 }, run(0.6), before).outcome).toBe('invalid');
    expect(judge({ ...spec, atMost: 0.7 }, run(0.2), before).outcome).toBe('pass');
  });

  it('takes no loss, and no absence of a gain, from timers that were later after than before', () => {
    const after = { timersLateMsP50: { first: 0, again: 17 } };
    expect(judge({ ...spec, atLeast: 0.8 }, run(0.95), after).outcome).toBe('invalid');
    expect(judge({ ...spec, atMost: 0.5 }, run(0.6), after).outcome).toBe('invalid');
    expect(judge({ ...spec, atLeast: 0.8 }, run(1.2), after).outcome).toBe('pass');
  });

  it('judges nothing while lateness is unknown', () => {
    const unknown = { timersLateMsP50: { first: 0 } };
    expect(judge({ ...spec, atMost: 0.5 }, run(0.2), unknown).outcome).toBe('invalid');
  });

  it('with timers late all the time is valid only where it shows a gain', () => {
    expect(judge({ ...spec, atMost: 0.5 }, run(0.2), late).outcome).toBe('pass');
    expect(judge({ ...spec, atLeast: 0.8 }, run(0.2), late).outcome).toBe('fail');
    expect(judge({ ...spec, atMost: 0.5 }, run(0.9), late).outcome).toBe('invalid');
    expect(judge({ ...spec, atLeast: 0.8 }, run(1), late)).toMatchObject({
      outcome: 'invalid',
      remedy: 'Run it again when the machine is less busy.',
    });
  });
});
