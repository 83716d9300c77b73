import { describe, expect, it } from 'vitest';
import { changeOf } from '../../src/report/comparison-text.ts';
import type { Comparison } from '../../src/verify/result/result-arms.ts';

const shareOf = (value: number, low: number, high: number): Comparison =>
  ({ kind: 'share', value, interval: { low, high, confidence: 0.95 } }) as Comparison;

describe('a change in words', () => {
  it('gives a share in percent', () => {
    expect(changeOf(shareOf(0.92, 0.7, 1.04))).toBe('92 % (95 %: 70 to 104 %)');
  });

  it('does not count how far below nothing an arm of failures is', () => {
    expect(changeOf(shareOf(-308.82, -410, 0.4))).toBe('< −100 % (95 %: < −100 to 40 %)');
  });
});
