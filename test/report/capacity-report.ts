import type { CapacityCurve, CapacityStep } from '../../src/capacity/result.ts';
import { capacityReport } from '../../src/report/build-capacity.ts';
import type { CapacityReport } from '../../src/report/model.ts';
import { gainOf } from '../../src/capacity/gain.ts';
import { foundCheck, gainCheck } from '../../src/capacity/checks.ts';
import { worstOutcome } from '../../src/base/outcome.ts';

function step(rate: number, verdict: CapacityStep['verdict'], p95: number): CapacityStep {
  const interval = { low: 0.9 * p95, high: 1.1 * p95, confidence: 0.95 };
  const goodput = p95 < 500 ? 0.98 : 0.4;
  return {
    rate,
    verdict,
    requests: 800,
    ttft: { p50: p95 / 3, p95, p95Interval: interval, p99: null },
    latency: { p50: p95, p95: 2 * p95, p95Interval: null, p99: null },
    errorRate: 0,
    goodput,
    goodputPerSecond: goodput * rate,
    hitRate: 0.62,
  };
}

const OFF: CapacityCurve = {
  arm: 'off',
  end: 'closed',
  reasons: [],
  held: 22.6,
  failed: 24.1,
  steps: [step(22.6, 'holds', 380), step(45.2, 'fails', 4_200), step(24.1, 'fails', 900)],
};
const ON: CapacityCurve = {
  ...OFF,
  arm: 'on',
  held: 40.1,
  failed: 43.3,
  steps: [step(22.6, 'holds', 120), step(40.1, 'holds', 430), step(43.3, 'fails', 1_400)],
};

/** Of `verify --capacity`, as it comes out. */
export function sampleCapacityReport(curves: CapacityCurve[] = [OFF, ON]): CapacityReport {
  const gain = gainOf(curves, { engines: 4, pricePerHour: 2.5 });
  const checks = [...curves.map(foundCheck), gainCheck(gain)];
  const outcome = worstOutcome(checks.map((it) => it.outcome));
  return capacityReport(
    {
      title: 'kvcache verify --capacity',
      version: '0.1.0',
      startedAt: '2026-09-01T10:00:00.000Z',
      seed: 7,
      comparable: { model: 'qwen' },
    },
    {
      outcome,
      exitCode: outcome === 'pass' ? 0 : 4,
      isPartial: false,
      stopReason: null,
      durationMs: 600_000,
      checks,
      result: {
        searched: 'rate',
        target: 'http://127.0.0.1:8888',
        model: 'qwen',
        objectives: ['ttft.p95 < 500ms'],
        workload: '1280 tokens',
        routingOff: 'the same gateway, policy round-robin',
        engines: 4,
        curves,
        gain,
      },
    },
  );
}
