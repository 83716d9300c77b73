import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../src/base/duration.ts';

describe('parseDuration', () => {
  it.each([
    ['80ms', 80],
    ['2m', 120_000],
    ['1h30m', 5_400_000],
    ['1.5s', 1_500],
    ['-1.5s', -1_500],
    ['0', 0],
    ['100us', 0.1],
    ['.5s', 500],
  ])('%s is %d ms', (text, ms) => expect(parseDuration(text)).toBeCloseTo(ms, 9));

  it.each(['', '5', 's', '5 s', '1d', '1s2', 'abc', '-', '2562048h'])('refuses %j', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});

it.each([
  [0.0123, '12 µs'],
  [12.345, '12.3 ms'],
  [999.7, '1 s'],
  [4_560, '4.56 s'],
  [200_000, '3 m 20 s'],
  [7_260_000, '2 h 1 m'],
])('formatDuration(%d) is %s', (ms, text) => expect(formatDuration(ms)).toBe(text));
