import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { AuditProbe } from '../../src/load/audit-probe.ts';

const BLOCK_MS = 400;

describe('audit probe', () => {
  it('counts what blocks the loop while it measures, its end too', async () => {
    const probe = new AuditProbe(systemClock);
    await probe.during(async () => block());
    const reading = probe.reading();
    expect(reading.eventLoopDelayMsMean).toBeGreaterThan(BLOCK_MS / 2);
    expect(reading.eventLoopDelayMsP99).toBeGreaterThan(BLOCK_MS / 2);
    expect(reading.clientCores).toBeGreaterThan(0.25);
    expect(reading.durationMs).toBeGreaterThanOrEqual(BLOCK_MS - 1);
  });

  it('counts nothing of what lies between', async () => {
    const probe = new AuditProbe(systemClock);
    for (const _ of [1, 2]) {
      await probe.during(() => wait(60));
      block();
    }
    const reading = probe.reading();
    expect(reading.eventLoopDelayMsP99).toBeLessThan(BLOCK_MS / 2);
    expect(reading.durationMs).toBeLessThan(BLOCK_MS);
  });

  it('has measured when what it measured fails', async () => {
    const probe = new AuditProbe(systemClock);
    const failing = probe.during(async () => {
      await wait(30);
      throw new Error('cut');
    });
    await expect(failing).rejects.toThrow('cut');
    expect(probe.reading().durationMs).toBeGreaterThanOrEqual(29);
  });

  it('reads zeros before anything was measured', () => {
    expect(new AuditProbe(systemClock).reading()).toMatchObject({
      clientCores: 0,
      eventLoopDelayMsMean: 0,
      eventLoopDelayMsP99: 0,
    });
  });
});

function block(): void {
  const endMs = performance.now() + BLOCK_MS;
  while (performance.now() < endMs);
}
