import { describe, expect, it } from 'vitest';
import { parseProbePlan } from '../../../src/watch/probe/plan.ts';

describe('the plan of a probe', () => {
  it('spreads the tokens of an hour over its requests, less what a template adds', () => {
    expect(parseProbePlan('every=10m,requests=20,tokens=1.2m/h')).toEqual({
      everyMs: 600_000,
      requests: 20,
      tokensPerHour: 1_200_000,
      promptTokens: 9_984,
    });
    expect(parseProbePlan('every=2h,tokens=3k/h')).toMatchObject({ promptTokens: 109 });
  });

  it('takes each part for itself', () => {
    const all = parseProbePlan('every=5m,requests=24,tokens=30k/h');
    for (const text of ['every=5m', 'requests=24', ' tokens=30K/h ', '']) {
      expect(parseProbePlan(text)).toEqual(all);
    }
  });

  it.each([
    'every=0s',
    'every=5',
    'requests=15',
    'requests=1001',
    'requests=1e2.5',
    'tokens=30k',
    'tokens=-1/h',
    'tokens=1k/h',
    'every=1s',
    'often',
    'every=',
    'tokens=9999999999999/h',
  ])('refuses %s', (text) => {
    expect(() => parseProbePlan(text)).toThrowError(/--probe/);
  });
});
