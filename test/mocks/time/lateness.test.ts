import { afterEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../src/base/virtual-clock.ts';
import { LatenessGauge } from '../../../mocks/time/lateness.ts';
import { type Json, send, startTestFleet, type TestFleet } from '../../helpers/mock-fleet.ts';

/** The clock of a process that was stopped: what was due in the meantime all happens at its end. */
class StoppingClock extends VirtualClock {
  #resumedMs = 0;

  override nowMs(): number {
    return Math.max(super.nowMs(), this.#resumedMs);
  }

  override advanceTo(toMs: number): void {
    this.#resumedMs = toMs;
    super.advanceTo(toMs);
  }
}

const REQUESTS = 100;

let fleet: TestFleet | undefined;
afterEach(async () => {
  await fleet?.close();
  fleet = undefined;
});

/** Timers of an engine that answered a hundred requests, the clock moved as it is told. */
async function timersAfter(clock: VirtualClock, stream: boolean): Promise<Json> {
  fleet = await startTestFleet({ engines: [{ profile: '8b-h100' }] }, clock);
  const engine = fleet.urls.engines[0]!;
  const answers = Array.from({ length: REQUESTS }, (_, index) =>
    send(`${engine}/v1/completions`, { prompt: `tree ${index}`, max_tokens: 2, stream }),
  );
  while ((await send(`${engine}/load`)).json.server_load < REQUESTS);
  await send(`${engine}/__mock/clock/advance`, { ms: 60_000 });
  await Promise.all(answers);
  return (await send(`${engine}/__mock/state`)).json.timers;
}

describe('timer lateness', () => {
  it.each([false, true])('shows when the process stood still (stream: %s)', async (stream) => {
    const timers = await timersAfter(new StoppingClock(), stream);
    expect(timers.timers).toBeGreaterThanOrEqual(REQUESTS);
    expect(timers.isTrustworthy).toBe(false);
    expect(timers.p99Ms).toBeGreaterThan(59_000);
  });

  it.each([false, true])('is none when time goes as it should (stream: %s)', async (stream) => {
    const timers = await timersAfter(new VirtualClock(), stream);
    expect(timers).toMatchObject({ maxMs: 0, isTrustworthy: true });
  });

  it('judges by the p99, and not before there are a hundred', () => {
    const gauge = new LatenessGauge();
    for (let count = 0; count < 98; count++) gauge.record(1);
    gauge.record(500);
    expect(gauge.report()).toMatchObject({ timers: 99, p99Ms: 500, isTrustworthy: true });
    gauge.record(1);
    expect(gauge.report()).toMatchObject({ timers: 100, p50Ms: 1, p99Ms: 1, maxMs: 500 });
    gauge.record(500);
    expect(gauge.report()).toMatchObject({ p99Ms: 500, isTrustworthy: false });
    gauge.reset();
    expect(gauge.report()).toMatchObject({ timers: 0, p99Ms: 0, maxMs: 0, isTrustworthy: true });
  });
});
