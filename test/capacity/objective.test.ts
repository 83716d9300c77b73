import { describe, expect, it } from 'vitest';
import {
  exceeds,
  isGood,
  type LoadedRequest,
  parseObjective,
} from '../../src/capacity/objective.ts';

const request: LoadedRequest = {
  atMs: 0,
  isFailed: false,
  ttftMs: 400,
  latencyMs: 900,
  tpotMs: null,
};

describe('an objective of a load', () => {
  it.each(['ttft.p95 > 500ms', 'ttft.p95 == 500ms', 'error_rate >= 1%'])(
    '"%s" is no bound from above',
    (text) => {
      expect(() => parseObjective(text)).toThrow(/no bound from above/);
    },
  );

  it.each(['ttft.p95 < 0ms', 'error_rate <= 0%', 'error_rate < -1'])(
    '"%s" leaves no room',
    (text) => {
      expect(() => parseObjective(text)).toThrow(/leaves no room/);
    },
  );

  it.each(['ttft.max < 1s', 'hit_rate < 1', 'rate < 5', 'ttft.p95 < 500', '', 'ttft.p95'])(
    '"%s" cannot be read',
    (text) => {
      expect(() => parseObjective(text)).toThrow(/threshold/);
    },
  );

  it('counts an answer as good that keeps every bound on a time', () => {
    const objectives = ['ttft.p95 < 500ms', 'latency.mean < 1s', 'error_rate < 1%'].map(
      parseObjective,
    );
    expect(isGood(request, objectives)).toBe(true);
    expect(isGood({ ...request, latencyMs: 1_000 }, objectives)).toBe(false);
    expect(isGood({ ...request, isFailed: true }, objectives)).toBe(false);
  });

  it('says nothing of an answer without that time, and counts every failure', () => {
    const objective = parseObjective('tpot.p95 < 50ms');
    expect(exceeds(request, objective)).toBe(false);
    expect(exceeds({ ...request, isFailed: true }, objective)).toBe(true);
  });
});
