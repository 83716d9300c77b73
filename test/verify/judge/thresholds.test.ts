import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../../src/base/outcome.ts';
import { TIMED_OUT } from '../measured.ts';
import { resultOf, type World } from '../run-result.ts';

const SIZE = { rounds: 6, perBlock: 16, arms: 'BCD' } as const;

function judged(thresholds: string[], world: World = {}): Record<string, Outcome> {
  const result = resultOf({ ...SIZE, ...world, thresholds });
  return Object.fromEntries(result.thresholds.map(({ text, outcome }) => [text, outcome]));
}

describe('thresholds on shares and means', () => {
  it('hold with their whole interval only: 0 of 96 is no proof of an error rate below 1 %', () => {
    expect(judged(['error_rate <= 1%', 'error_rate <= 5%'])).toEqual({
      'error_rate <= 1%': 'inconclusive',
      'error_rate <= 5%': 'pass',
    });
  });

  it('fail for certain where the interval lies beyond', () => {
    const failing: World = {
      change: ({ arm, place }) => (arm === 'C' && place % 3 === 0 ? TIMED_OUT : {}),
    };
    expect(
      judged(['error_rate <= 5%', 'hit_rate >= 90%', 'prefix_hit_rate >= 90%'], failing),
    ).toEqual({
      'error_rate <= 5%': 'fail',
      'hit_rate >= 90%': 'fail',
      'prefix_hit_rate >= 90%': 'fail',
    });
  });

  it('are open while requests are unknown, even where the known ones pass', () => {
    const silent: World = {
      change: ({ arm, place }) =>
        arm === 'C' && place % 2 === 0
          ? { headerServedBy: undefined, cachedTokens: undefined }
          : {},
    };
    expect(judged(['hit_rate >= 90%'], silent)).toEqual({ 'hit_rate >= 90%': 'inconclusive' });
    expect(judged(['hit_rate >= 90%'])).toEqual({ 'hit_rate >= 90%': 'pass' });
  });

  it('are open where a figure was not measured, or has no interval', () => {
    const few: World = { rounds: 1, perBlock: 2 };
    const texts = [
      'gateway_tax.ms < 1s',
      'ttft.p95 < 10s',
      'ttft.p99 < 10s',
      'routing_efficiency > 1%',
    ];
    expect(new Set(Object.values(judged(texts, few)))).toEqual(new Set(['inconclusive']));
    expect(judged(['cache_gain.ratio < 1'])).toEqual({ 'cache_gain.ratio < 1': 'inconclusive' });
  });

  it('on the busiest engine hold with their interval', () => {
    const all: World = { router: () => 0 };
    expect(judged(['hot_spot_share <= 55%'], all)).toEqual({ 'hot_spot_share <= 55%': 'fail' });
    expect(judged(['hot_spot_share <= 55%'])).toEqual({ 'hot_spot_share <= 55%': 'inconclusive' });
  });
});
