import { describe, expect, it } from 'vitest';
import { verdictOf } from '../../src/stats/verdict.ts';

describe('verdict regions', () => {
  const at = (low: number, high: number, p = 0.01) =>
    verdictOf({ interval: { low, high, confidence: 0.95 }, p, margin: 0.05 });

  it.each([
    [at(0.7, 0.9), 'better'],
    [at(0.7, 0.9, 0.2), 'not-worse'],
    [at(0.98, 1.02), 'not-worse'],
    [at(1.01, 1.03), 'not-worse'],
    [at(0.9, 1.1), 'inconclusive'],
    [at(1.02, 1.2), 'worse'],
    [at(1.02, 1.2, 0.2), 'inconclusive'],
    [verdictOf({ interval: undefined, p: 0, margin: 0.05 }), 'inconclusive'],
  ])('%s', (verdict, expected) => expect(verdict).toBe(expected));
});
