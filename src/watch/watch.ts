import { type Clock, sleep } from '../base/clock.ts';
import type { WatchCounts } from './metrics.ts';
import type { FleetProbe } from './probe/fleet-probe.ts';
import { FleetEars } from './heard/fleet-ears.ts';
import { type FleetTargets, readFleet } from './read-fleet.ts';
import type { Watcher, WatchEvent } from './watcher.ts';

export interface WatchOptions {
  watcher: Watcher;
  /** Asked before each reading: engines come and go. */
  targets: () => FleetTargets;
  intervalMs: number;
  /** Asked after each reading; without it, it ends when it is told to stop. */
  isDone?: () => boolean;
  clock: Clock;
  signal: AbortSignal;
  counts: WatchCounts;
  /** Asks now and then, besides reading. */
  probe?: FleetProbe | undefined;
  onEvent: (event: WatchEvent) => void;
  onReading?: () => void;
}

/**
 * Reads the fleet again and again. A reading that takes longer than the interval delays the next; none is
 * made up for. An abort rejects with the signal's reason.
 */
export async function watch(options: WatchOptions): Promise<void> {
  const ended = new AbortController();
  const signal = AbortSignal.any([options.signal, ended.signal]);
  const end = (): void => ended.abort();
  const probing = options.probe?.run(signal).catch((error: unknown) => {
    if (signal.aborted) return;
    end();
    throw error;
  });
  const ears = new FleetEars(options.clock);
  try {
    await Promise.all([readOnAndOn({ ...options, signal }, ears).finally(end), probing]);
  } finally {
    ears.close();
  }
}

async function readOnAndOn(options: WatchOptions, ears: FleetEars): Promise<void> {
  const { watcher, targets, intervalMs, clock, signal, counts, probe } = options;
  let asked = targets();
  for (let dueMs = clock.nowMs(); ;) {
    const before = asked;
    asked = targets();
    watcher.forgetReadings(movedEngines(before, asked));
    ears.follow(asked.kvEvents);
    const read = await readFleet(asked, clock.nowMs(), signal);
    const reading = {
      ...read,
      wallMs: clock.wallMs(),
      heard: ears.read(),
      ...(probe && { probe: { ...probe.counts } }),
    };
    counts.readings++;
    counts.lastReadingS = clock.wallMs() / 1_000;
    for (const event of watcher.take(reading)) {
      if (event.kind === 'raised') counts.eventsRaised++;
      options.onEvent(event);
    }
    probe?.see(reading);
    options.onReading?.();
    if (options.isDone?.()) return;
    dueMs = Math.max(dueMs + intervalMs, clock.nowMs());
    await sleep(clock, dueMs - clock.nowMs(), signal);
  }
}

/** Another address under the same name: counters of another process. */
function movedEngines(before: FleetTargets, now: FleetTargets): string[] {
  const urls = new Map(before.engines.map(({ id, url }) => [id, url]));
  return now.engines.filter(({ id, url }) => (urls.get(id) ?? url) !== url).map(({ id }) => id);
}
