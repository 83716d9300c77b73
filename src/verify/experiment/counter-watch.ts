import { countedRequests } from '../evidence/block-count.ts';
import { pollUntil } from '../../base/poll.ts';
import { type CounterSnapshot, counterDelta, takeSnapshot } from '../../target/counters.ts';
import type { Deployment } from '../../target/deployment.ts';
import { TIMING } from '../../target/timing.ts';

/** Reads the counters of engines and gateway around what is sent. */
export class CounterWatch {
  readonly #deployment: Deployment;
  readonly #engines: readonly { id: string; metricsUrl: string }[];
  /** The longest a counter was seen to lag; bounds the wait for one that may never move. */
  #lagMs: number | undefined;
  /** Engines that do not count what was surely theirs are not waited for again. */
  #isBlind = false;

  private constructor(deployment: Deployment, engines: CounterWatch['engines']) {
    this.#deployment = deployment;
    this.#engines = engines;
  }

  static async of(deployment: Deployment): Promise<CounterWatch> {
    return new CounterWatch(deployment, await deployment.countable());
  }

  /** Each process once. */
  get engines(): readonly { id: string; metricsUrl: string }[] {
    return this.#engines;
  }

  look(): Promise<CounterSnapshot> {
    const { targets, gateway, signal } = this.#deployment;
    return takeSnapshot({
      engines: this.#engines,
      access: targets.access,
      gatewayMetricsUrl: gateway.metricsUrl,
      timeoutMs: targets.timeoutMs,
      signal,
    });
  }

  /** Requests each engine counted; null where not every engine does, or one does not count what it should. */
  countedBy(delta: CounterSnapshot): Record<string, number> | null {
    if (this.#isBlind || countedRequests(delta, this.#engines.length) === null) {
      return null;
    }
    const entries = Object.entries(delta.engines).map(([id, it]) => [id, it.requests!] as const);
    return Object.fromEntries(entries);
  }

  /**
   * Counters lag behind the answers: looked at until they have caught up with so many requests.
   * @param isCertain the requests went straight to engines, so they must be counted
   */
  async settle(
    before: CounterSnapshot,
    expected: number,
    isCertain: boolean,
  ): Promise<CounterSnapshot> {
    const { clock, signal } = this.#deployment;
    const startMs = clock.nowMs();
    let after = await this.look();
    if (this.#isBlind || expected === 0 || this.#seen(before, after) === null) return after;
    const caughtUp = await pollUntil(
      async () => {
        if ((this.#seen(before, after) ?? 0) >= expected) return true;
        after = await this.look();
        return undefined;
      },
      { clock, deadlineMs: this.#deadlineMs(), intervalMs: TIMING.settlePollMs, signal },
    );
    if (caughtUp) this.#lagMs = Math.max(this.#lagMs ?? 0, clock.nowMs() - startMs);
    else if (isCertain) this.#isBlind = true;
    return after;
  }

  #deadlineMs(): number {
    if (this.#lagMs === undefined) return TIMING.settleDeadlineMs;
    return Math.min(TIMING.settleDeadlineMs, Math.max(TIMING.settleFloorMs, 5 * this.#lagMs));
  }

  #seen(before: CounterSnapshot, after: CounterSnapshot): number | null {
    return countedRequests(counterDelta(before, after), this.#engines.length);
  }
}
