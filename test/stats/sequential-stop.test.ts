import { describe, expect, it } from 'vitest';
import { stopDecision } from '../../src/stats/sequential-stop.ts';

describe('sequential stop', () => {
  const rule = { minRounds: 8, maxRounds: 40, precision: 0.05 };
  const narrow = { low: 0.98, high: 1.02, confidence: 0.95 };

  it('stops on a narrow interval, wherever it lies, but not too early', () => {
    expect(stopDecision(7, narrow, rule)).toBe('continue');
    expect(stopDecision(8, narrow, rule)).toBe('precise');
    expect(stopDecision(8, { low: 0.5, high: 0.52, confidence: 0.95 }, rule)).toBe('precise');
  });

  it('does not stop because a wide interval excludes 1', () => {
    expect(stopDecision(20, { low: 0.5, high: 0.9, confidence: 0.95 }, rule)).toBe('continue');
    expect(stopDecision(40, undefined, rule)).toBe('exhausted');
  });
});
