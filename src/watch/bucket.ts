import type {
  EngineCounts,
  EngineReading,
  FleetReading,
  GatewayReading,
  HeardCounts,
  HeardReading,
  ProbeReading,
} from './reading.ts';

type Counts = Readonly<Record<string, number | null>>;
type Gained<T> = { -readonly [K in keyof T]: number | null };

/** What one engine gained over a stretch of time. */
export interface EngineGain {
  counts: Gained<EngineCounts>;
  /** Its counters went back: it started again. */
  isReset: boolean;
  isRead: boolean;
  prefixCaching: boolean | null;
}

export interface GatewayGain {
  reasons: Record<string, number> | null;
  events: Record<string, number> | null;
  counts: Gained<Omit<GatewayReading, 'reasons' | 'events'>>;
  isReset: boolean;
}

/** What was heard of one engine's KV events. */
export interface HeardGain {
  counts: Gained<HeardCounts>;
  /** At least once all that it told was known. */
  wasHeard: boolean;
  trouble: string | null;
}

/** A stretch of time, put together from the differences between one reading and the next. */
export class Bucket {
  readonly engines: Record<string, EngineGain> = {};
  /** Of engines whose events are followed here. */
  readonly heard: Record<string, HeardGain> = {};
  gateway: GatewayGain | null = null;
  /** Readings that had a gateway to read, and those in which it did not answer. */
  gatewayAsked = 0;
  gatewayMissed = 0;
  readonly probe = { repeats: 0, found: 0 };

  add(before: FleetReading, now: FleetReading): void {
    for (const [id, end] of Object.entries(now.engines)) {
      this.#addEngine(id, before.engines[id] ?? null, end);
    }
    for (const [id, end] of Object.entries(now.heard ?? {})) {
      this.#addHeard(id, before.heard?.[id], end);
    }
    if (now.probe) this.#addProbe(before.probe, now.probe);
    if (now.gateway === undefined) return;
    this.gatewayAsked++;
    if (now.gateway === null) this.gatewayMissed++;
    else if (before.gateway) this.#addGateway(before.gateway, now.gateway);
  }

  #addEngine(id: string, start: EngineReading | null, end: EngineReading | null): void {
    const gain = (this.engines[id] ??= {
      counts: {} as Gained<EngineCounts>,
      isReset: false,
      isRead: false,
      prefixCaching: null,
    });
    if (!end) return;
    gain.isRead = true;
    gain.prefixCaching = end.prefixCaching;
    if (!start) return;
    gain.isReset ||= wentBack({ ...start.counts }, { ...end.counts });
    addGains(gain.counts, { ...start.counts }, { ...end.counts });
  }

  #addProbe(start: ProbeReading | undefined, { repeats, found }: ProbeReading): void {
    this.probe.repeats += repeats - (start?.repeats ?? 0);
    this.probe.found += found - (start?.found ?? 0);
  }

  #addHeard(id: string, start: HeardReading | undefined, end: HeardReading): void {
    const counts = {} as HeardGain['counts'];
    const gain = (this.heard[id] ??= { counts, wasHeard: false, trouble: null });
    gain.wasHeard ||= end.isHeard;
    gain.trouble = end.trouble ?? gain.trouble;
    if (start) addGains(gain.counts, { ...start.counts }, { ...end.counts });
  }

  #addGateway(start: GatewayReading, end: GatewayReading): void {
    const { reasons: before, events: eventsBefore, ...countsBefore } = start;
    const { reasons, events, ...counts } = end;
    const gain = (this.gateway ??= {
      reasons: null,
      events: null,
      counts: {} as GatewayGain['counts'],
      isReset: false,
    });
    gain.isReset ||= wentBack(countsBefore, counts) || wentBack(before ?? {}, reasons ?? {});
    addGains(gain.counts, countsBefore, counts);
    gain.reasons = gained(gain.reasons, before, reasons);
    gain.events = gained(gain.events, eventsBefore, events);
  }
}

function gained(
  sum: Record<string, number> | null,
  start: Readonly<Record<string, number>> | null,
  end: Readonly<Record<string, number>> | null,
): Record<string, number> | null {
  if (end === null) return sum;
  const total: Record<string, number> = sum ?? {};
  for (const [name, value] of Object.entries(end)) {
    total[name] = (total[name] ?? 0) + gainOf(start?.[name] ?? 0, value);
  }
  return total;
}

function addGains(sum: Record<string, number | null>, start: Counts, end: Counts): void {
  for (const [name, value] of Object.entries(end)) {
    if (value === null) sum[name] ??= null;
    else sum[name] = (sum[name] ?? 0) + gainOf(start[name] ?? 0, value);
  }
}

/** Events of an engine by whoever heard more of them, we or the gateway; undefined where nobody listens. */
export function eventsOf({ heard, gateway }: Bucket, id: string): number | undefined {
  const known = [heard[id]?.counts.events, gateway?.events?.[id]].filter(
    (it) => typeof it === 'number',
  );
  return known.length === 0 ? undefined : Math.max(...known);
}

/** A counter that went back began again at 0, as Prometheus' `increase` has it. */
function gainOf(start: number, end: number): number {
  return end < start ? end : end - start;
}

function wentBack(start: Counts, end: Counts): boolean {
  return Object.entries(end).some(([name, value]) => value !== null && value < (start[name] ?? 0));
}
