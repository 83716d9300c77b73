import { describe, expect, it } from 'vitest';
import { ALERTS } from '../../src/watch/alerts/alerts.ts';
import { Watcher, type WatchEvent } from '../../src/watch/watcher.ts';
import type { FleetReading } from '../../src/watch/reading.ts';
import { HEALTHY, VirtualFleet, type World } from './virtual-fleet.ts';

const WINDOW_MS = 300_000;
const SCRAPES_PER_WINDOW = 20;

interface Cause {
  alert: string;
  /** Engines whose KV events the watch follows itself. */
  ears?: number;
  subject?: string;
  /** What is otherwise from that moment on. */
  change?: (engines: number) => Partial<World>;
  restarts?: number;
}

const one = (engine: number, value: number, else_: number) => (at: number) =>
  at === engine ? value : else_;

const CAUSES: Record<string, Cause> = {
  'index emptied': {
    alert: 'index-empty',
    change: (engines) => ({
      reasons: { hit: 0.1, 'no-holder': 0.9 },
      hitRate: () => Math.max(0.8 / engines, 0.1),
    }),
  },
  'ids changed': {
    alert: 'ids-changed',
    change: () => ({ reasons: { hit: 0.45, 'unknown-instance': 0.55 }, hitRate: () => 0.5 }),
  },
  'engine restarted without prefix caching': {
    alert: 'caching-off',
    subject: 'engine-1',
    restarts: 1,
    change: () => ({
      prefixCaching: (at) => at !== 1,
      hitRate: one(1, 0, 0.8),
      ttftS: one(1, 1.2, 0.2),
      found: 0.7,
    }),
  },
  'controller frozen': {
    alert: 'index-unreachable',
    change: () => ({ reasons: { 'prefix-hit-degraded': 0.6, 'lookup-timeout': 0.4 } }),
  },
  'events stopped': {
    alert: 'events-stopped',
    subject: 'engine-0',
    change: () => ({ hearsEvents: (at) => at !== 0, hitRate: one(0, 0.4, 0.8) }),
  },
  'an engine stopped publishing, seen by its own events': {
    alert: 'events-stopped',
    subject: 'engine-0',
    ears: 4,
    change: () => ({ publishes: (at) => at !== 0, hearsEvents: (at) => at !== 0 }),
  },
  'the same where nearly all is found, and little is told': {
    alert: 'events-stopped',
    subject: 'engine-0',
    ears: 4,
    change: () => ({
      publishes: (at) => at !== 0,
      hearsEvents: (at) => at !== 0,
      hitRate: () => 0.95,
    }),
  },
  'the gateway does not hear what an engine publishes': {
    alert: 'events-stopped',
    subject: 'engine-0',
    ears: 4,
    change: () => ({ hearsEvents: (at) => at !== 0, hitRate: () => 0.95 }),
  },
  'batches of events got lost': {
    alert: 'events-lost',
    subject: 'engine-1',
    ears: 4,
    change: () => ({ losesBatches: (at) => at === 1 }),
  },
  'one engine at half speed': {
    alert: 'engine-slow',
    subject: 'engine-2',
    change: () => ({ ttftS: one(2, 0.4, 0.2) }),
  },
  'hot spot': {
    alert: 'hot-spot',
    subject: 'engine-3',
    change: (engines) => ({
      weight: one(3, 3 * engines, 1),
      ttftS: one(3, 0.9, 0.2),
    }),
  },
  'eviction storm': {
    alert: 'eviction-storm',
    change: () => ({ found: 0.4, hitRate: () => 0.3, preemptionsPerRequest: 0.3 }),
  },
  'template moved a time to the front': {
    alert: 'prompts-changed',
    change: () => ({ hitRate: () => 0, reasons: { 'no-holder': 1 }, ttftS: () => 1 }),
  },
  'tokenizer changed on one engine': {
    alert: 'tokenizer-changed',
    subject: 'engine-1',
    change: () => ({
      promptTokens: one(1, 1_500, 1_200),
      hitRate: one(1, 0.2, 0.8),
      drift: 0.25,
      found: 0.8,
    }),
  },
  'gateway without hints after a reload': {
    alert: 'hints-lost',
    change: (engines) => ({ reasons: { off: 1 }, hitRate: () => 0.8 / engines }),
  },
  'counters reset': {
    alert: 'engine-restarted',
    subject: 'engine-2',
    restarts: 2,
    change: () => ({}),
  },
};

/** A healthy morning, then the cause, then two windows. */
function watch(
  engines: number,
  cause: Cause,
  seed: number,
): { before: WatchEvent[]; after: WatchEvent[] } {
  const fleet = new VirtualFleet({ engines, seed, ears: cause.ears ?? 0 });
  const watcher = new Watcher({ windowMs: WINDOW_MS });
  const take = (scrapes: number): WatchEvent[] =>
    Array.from({ length: scrapes }, () => watcher.take(fleet.next())).flat();
  // Not at the beginning of a bucket.
  const before = take(24 * SCRAPES_PER_WINDOW + 3);
  fleet.world = { ...HEALTHY, ...cause.change?.(engines) };
  if (cause.restarts !== undefined) fleet.restart(cause.restarts);
  return { before, after: take(2 * SCRAPES_PER_WINDOW) };
}

const said = (events: readonly WatchEvent[]): string[] =>
  events.map(({ kind, alert, subject }) => `${kind} ${alert.id} ${subject}`.trim());

describe('each cause raises its own alert within two windows, and no other', () => {
  for (const [name, cause] of Object.entries(CAUSES)) {
    it.each([4, 8])(`${name}, %d engines`, (engines) => {
      const { before, after } = watch(engines, cause, 7);
      expect(said(before)).toEqual([]);
      const raised = said(after).filter((it) => it.startsWith('raised'));
      expect(raised).toEqual([`raised ${cause.alert} ${cause.subject ?? ''}`.trim()]);
    });
  }
});

describe('KV events that stay away', () => {
  it('are no alert where caching is off, or every block is there already', () => {
    const off: Cause = {
      alert: 'caching-off',
      ears: 4,
      change: () => ({
        publishes: (at) => at !== 1,
        hearsEvents: (at) => at !== 1,
        prefixCaching: (at) => at !== 1,
        hitRate: one(1, 0, 0.8),
      }),
    };
    const raised = (events: readonly WatchEvent[]): string[] =>
      said(events).filter((it) => it.startsWith('raised'));
    expect(raised(watch(4, off, 7).after)).toEqual(['raised caching-off engine-1']);

    const fleet = new VirtualFleet({ engines: 4, seed: 7, ears: 4 });
    fleet.world = {
      ...HEALTHY,
      hitRate: () => 1,
      publishes: () => false,
      hearsEvents: () => false,
    };
    const watcher = new Watcher({ windowMs: WINDOW_MS });
    const warm = Array.from({ length: 30 * SCRAPES_PER_WINDOW }, () => watcher.take(fleet.next()));
    expect(said(warm.flat())).toEqual([]);
  });

  it('are one by their address alone, where nobody ever heard them', () => {
    const fleet = new VirtualFleet({ engines: 2, seed: 7 });
    const watcher = new Watcher({ windowMs: WINDOW_MS });
    const counts = { events: 0, gapsRefilled: 0, gapsLost: 0, restarts: 0, heldElsewhereTokens: 0 };
    const deaf = { counts, isHeard: false, trouble: 'connect ECONNREFUSED', blocks: 0 };
    const events = Array.from({ length: 2 * SCRAPES_PER_WINDOW }, () => {
      const { gateway, ...reading } = fleet.next();
      return watcher.take({
        ...reading,
        gateway: { ...gateway!, events: null },
        heard: { 'engine-1': deaf },
      });
    }).flat();
    expect(said(events)).toEqual(['raised events-stopped engine-1']);
    expect(events[0]!.evidence).toContain('ECONNREFUSED');
  });
});

describe('engines that count other tokens', () => {
  it.each([
    [2, 'raised tokenizer-changed'],
    [3, 'raised tokenizer-changed engine-1'],
  ])('are told apart where there are more than two: %d', (engines, alert) => {
    const { before, after } = watch(engines, CAUSES['tokenizer changed on one engine']!, 7);
    expect(said(before)).toEqual([]);
    expect(said(after)).toEqual([alert]);
  });
});

describe('an engine that serves nothing any more', () => {
  it('is nothing to compare the others with', () => {
    const drained: Cause = { alert: 'hot-spot', change: () => ({ weight: one(1, 0, 1) }) };
    const { before, after } = watch(2, drained, 3);
    expect(said(before)).toEqual([]);
    expect(said(after)).toEqual(['raised hot-spot engine-0']);
    expect(said(watch(4, drained, 3).after)).toEqual([]);
  });
});

describe('what follows from an alert', () => {
  const raisedIn = (cause: Cause, engines: number): string[] =>
    said(watch(engines, cause, 7).after).filter((it) => it.startsWith('raised'));

  it('is the requests that another engine gets instead', () => {
    const moved = { weight: one(0, 4, 1) };
    const restarted: Cause = { alert: '', restarts: 1, change: () => moved };
    expect(raisedIn(restarted, 4)).toEqual(['raised engine-restarted engine-1']);
    const slow: Cause = { alert: '', change: () => ({ ...moved, ttftS: one(1, 0.5, 0.2) }) };
    expect(raisedIn(slow, 4)).toEqual(['raised engine-slow engine-1']);
  });

  /** An engine restarts in the last moments of a bucket, and what that brings begins with the next. */
  const afterRestart = (bringsMore: Partial<World>, windows: number): string[] => {
    const fleet = new VirtualFleet({ engines: 4, seed: 7 });
    const watcher = new Watcher({ windowMs: WINDOW_MS });
    const take = (scrapes: number): WatchEvent[] =>
      Array.from({ length: scrapes }, () => watcher.take(fleet.next())).flat();
    take(24 * SCRAPES_PER_WINDOW);
    fleet.restart(1);
    const events = take(1);
    fleet.world = { ...HEALTHY, ...bringsMore };
    events.push(...take(windows * SCRAPES_PER_WINDOW));
    return said(events).filter((it) => it.startsWith('raised'));
  };

  it('is what began while it held, though it is seen after', () => {
    expect(afterRestart({ weight: one(0, 4, 1) }, 3)).toEqual(['raised engine-restarted engine-1']);
  });

  it('is no longer what lasts when nothing is left of it', () => {
    const lost: Partial<World> = { hitRate: one(1, 0, 0.8) };
    expect(afterRestart(lost, 3)).toEqual(['raised engine-restarted engine-1']);
    expect(afterRestart(lost, 6)).toEqual([
      'raised engine-restarted engine-1',
      'raised hit-rate-fell',
    ]);
    expect(afterRestart({ weight: one(0, 4, 1) }, 6)).toEqual([
      'raised engine-restarted engine-1',
      'raised hot-spot engine-0',
    ]);
  });
});

describe('repeats of our own', () => {
  /** A round in every window, of 12 repeats. */
  const rounds = (found: (round: number) => number) => {
    const probe = { repeats: 0, found: 0 };
    let scrapes = 0;
    return (reading: FleetReading): FleetReading => {
      if (++scrapes % SCRAPES_PER_WINDOW === 7) {
        probe.repeats += 12;
        probe.found += found(scrapes / SCRAPES_PER_WINDOW);
      }
      return { ...reading, probe: { ...probe } };
    };
  };

  it('that lose their beginning alert in two rounds, though no metric tells', () => {
    const fleet = new VirtualFleet({ engines: 8, seed: 5 });
    const watcher = new Watcher({ windowMs: WINDOW_MS });
    const asked = rounds((round) => (round < 24 ? 12 - (Math.floor(round) % 2) : 2));
    const take = (windows: number): WatchEvent[] =>
      Array.from({ length: windows * SCRAPES_PER_WINDOW }, () =>
        watcher.take(asked(fleet.next())),
      ).flat();
    expect(said(take(24))).toEqual([]);
    expect(said(take(2))).toEqual(['raised routing-lost']);
  });

  it('of which one round went wrong are no news', () => {
    const fleet = new VirtualFleet({ engines: 8, seed: 5 });
    const watcher = new Watcher({ windowMs: WINDOW_MS });
    const asked = rounds((round) => (Math.floor(round) === 24 ? 0 : 12));
    const events = Array.from({ length: 40 * SCRAPES_PER_WINDOW }, () =>
      watcher.take(asked(fleet.next())),
    );
    expect(said(events.flat())).toEqual([]);
  });
});

describe('an engine that is no longer asked for', () => {
  const without = (reading: FleetReading, id: string): FleetReading => {
    const { [id]: _, ...engines } = reading.engines;
    return { ...reading, engines };
  };

  it('is not down, and what was usual of it is forgotten', () => {
    const fleet = new VirtualFleet({ engines: 3, seed: 5 });
    const watcher = new Watcher({ windowMs: WINDOW_MS });
    const take = (scrapes: number, change: (reading: FleetReading) => FleetReading): WatchEvent[] =>
      Array.from({ length: scrapes }, () => watcher.take(change(fleet.next()))).flat();
    take(4 * SCRAPES_PER_WINDOW, (it) => it);
    expect(watcher.baseline['engine-hit-rate']).toHaveProperty('engine-1');
    fleet.world = { ...HEALTHY, weight: one(1, 0, 1) };
    expect(said(take(2 * SCRAPES_PER_WINDOW, (it) => without(it, 'engine-1')))).toEqual([]);
    expect(watcher.baseline['engine-hit-rate']).not.toHaveProperty('engine-1');
  });
});

describe('an engine that was away', () => {
  it('has restarted when its counters went back, however long it was away', () => {
    const fleet = new VirtualFleet({ engines: 4, seed: 5 });
    const watcher = new Watcher({ windowMs: WINDOW_MS });
    const take = (scrapes: number): WatchEvent[] =>
      Array.from({ length: scrapes }, () => watcher.take(fleet.next())).flat();
    expect(said(take(24 * SCRAPES_PER_WINDOW))).toEqual([]);
    fleet.world = { ...HEALTHY, isUp: (at) => at !== 2 };
    take(5);
    fleet.restart(2);
    fleet.world = HEALTHY;
    expect(said(take(SCRAPES_PER_WINDOW))).toEqual(['raised engine-restarted engine-2']);
  });
});

describe('an engine that is another process now', () => {
  it('counts from its first reading on, be it more or less than the one before had', () => {
    const fleet = new VirtualFleet({ engines: 2, seed: 5 });
    const watcher = new Watcher({ windowMs: WINDOW_MS });
    for (let scrape = 0; scrape < 30 * SCRAPES_PER_WINDOW; scrape++) watcher.take(fleet.next());
    fleet.restart(1);
    watcher.forgetReadings(['engine-1']);
    const after = Array.from({ length: 2 * SCRAPES_PER_WINDOW }, () => watcher.take(fleet.next()));
    expect(said(after.flat())).toEqual([]);
  });
});

describe('alerts', () => {
  it('are each raised by something here, or need a target that is gone', () => {
    const tried = new Set(Object.values(CAUSES).map(({ alert }) => alert));
    tried.add('routing-lost');
    const untried = ALERTS.map(({ id }) => id).filter((id) => !tried.has(id));
    expect(untried).toEqual([
      'gateway-down',
      'engine-down',
      'external-cache-lost',
      'hit-rate-fell',
    ]);
  });
});
