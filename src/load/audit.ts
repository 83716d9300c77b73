import { formatCount } from '../base/figures.ts';
import { percentileIn } from '../stats/summary.ts';
import type { PhaseResult } from './aggregate.ts';
import type { AuditReading } from './audit-probe.ts';
import type { PhasePlan } from './plan.ts';
import type { PhaseOutcome } from './run-load.ts';

/** One thing the generator must be able to say of itself before its figures count. */
export interface AuditFinding {
  id:
    | 'client-cpu'
    | 'event-loop-delay-mean'
    | 'event-loop-delay-p99'
    | 'lateness'
    | 'delivery'
    | 'ceiling'
    | 'foreign-cpu';
  /** What is measured, for tables. */
  label: string;
  /** `invalid` ends the run as invalid; `warning` is printed; `unknown` could not be told. */
  level: 'ok' | 'warning' | 'invalid' | 'unknown';
  /** Null where it could not be told. */
  value: number | null;
  unit: 'cores' | 'ms' | 'share';
  limit: number;
  /** One sentence with the figure and its bound. */
  text: string;
}

/** What the generator may add without changing what is found. */
export interface Tolerance {
  /** On average to a time to first token. */
  meanMs: number;
  /** Now and then. */
  p99Ms: number;
}

export interface AuditInput {
  reading: AuditReading;
  result: PhaseResult;
  outcome: PhaseOutcome;
  load: PhasePlan['load'];
  /** Requests per second this generator manages against a server that does nothing; see null-server. */
  ceilingPerSecond: number | undefined;
  /** What the generator may add to a time; undefined: a share of the median latency. */
  allowedMs?: number | undefined;
}

/** Beyond this share of one core the client's own queueing shows in the tail; waiting by spinning is none. */
const CLIENT_CORES_MAX = { plain: 0.6, spinning: 0.85 };
/**
 * In a shorter run most of the CPU goes into compiling, once, and a single garbage collection is the
 * p99 of the event loop's delay.
 */
const JUDGED_FROM_MS = 1_000;
const CEILING_SHARE_MAX = 0.7;
const DELIVERED_MIN = 0.99;
const FOREIGN_CORES_MAX = 0.5;
/** Delays up to these are timers, garbage collection and neighbours on a small machine, not overload. */
const DELAY_MS_FLOOR = { mean: 2, p99: 10 };
/** A request passes the event loop twice before its first token is seen: when sent, and then. */
const TURNS = 2;
/** Share of a time that is judged that the generator itself may add. */
export const DELAY_SHARE_MAX = 0.05;

/** Judges the generator of a phase by its own traces. */
export function auditRun(input: AuditInput): AuditFinding[] {
  const { load, result, reading } = input;
  const median = percentileIn(result.latency, 50)?.value ?? 0;
  const { allowedMs = DELAY_SHARE_MAX * median } = input;
  const isSpinning = load.kind === 'open' && load.isPrecise;
  return [
    ...auditReading(reading, { meanMs: allowedMs, p99Ms: allowedMs }, isSpinning),
    ...(load.kind === 'open'
      ? [lateness(result, Math.max(DELAY_MS_FLOOR.p99, allowedMs)), delivery(input.outcome)]
      : []),
    ceiling(input),
  ];
}

/** Judges a generator by what it cost and suffered, whatever it was there for. */
export function auditReading(
  reading: AuditReading,
  tolerance: Tolerance,
  isSpinning = false,
): AuditFinding[] {
  return [
    clientCpu(reading, CLIENT_CORES_MAX[isSpinning ? 'spinning' : 'plain']),
    eventLoop(reading, 'mean', Math.max(DELAY_MS_FLOOR.mean, tolerance.meanMs / TURNS)),
    eventLoop(reading, 'p99', Math.max(DELAY_MS_FLOOR.p99, tolerance.p99Ms)),
    foreignCpu(reading),
  ];
}

/** Reasons why the run must not be trusted; empty when it may. */
export function invalidReasons(findings: readonly AuditFinding[]): string[] {
  return findings.filter(({ level }) => level === 'invalid').map(({ text }) => text);
}

function clientCpu({ clientCores, durationMs }: AuditReading, limit: number): AuditFinding {
  const used = `The generator used ${percent(clientCores)} of a core`;
  const measured = {
    id: 'client-cpu',
    label: 'CPU the generator used',
    value: clientCores,
    unit: 'cores',
    limit,
  } as const;
  if (durationMs < JUDGED_FROM_MS) return tooShort(measured, used);
  return clientCores > limit
    ? {
        ...measured,
        level: 'invalid',
        text: `${used}; above ${percent(limit)} it measures itself. Lower the load.`,
      }
    : { ...measured, level: 'ok', text: `${used}.` };
}

function eventLoop(reading: AuditReading, of: 'mean' | 'p99', limit: number): AuditFinding {
  const value = of === 'mean' ? reading.eventLoopDelayMsMean : reading.eventLoopDelayMsP99;
  const measured = {
    id: `event-loop-delay-${of}`,
    label: `Event-loop delay, ${of}`,
    value,
    unit: 'ms',
    limit,
  } as const;
  const text = `Event-loop delay, ${of}, is ${ms(value)}`;
  if (reading.durationMs < JUDGED_FROM_MS) return tooShort(measured, text);
  const level = value > limit ? 'invalid' : 'ok';
  return { ...measured, level, text: `${text}, bound ${ms(limit)}.` };
}

function tooShort(measured: Omit<AuditFinding, 'level' | 'text'>, said: string): AuditFinding {
  return { ...measured, level: 'unknown', text: `${said}; the run was too short to judge by it.` };
}

function lateness({ lateness: seen }: PhaseResult, limit: number): AuditFinding {
  const value = percentileIn(seen, 99)?.value ?? seen.max;
  const measured = {
    id: 'lateness',
    label: 'Lateness of sending, p99',
    value,
    unit: 'ms',
  } as const;
  if (value === null) {
    return { ...measured, limit, level: 'unknown', text: 'No request was sent.' };
  }
  const text = `Requests left up to ${ms(value)} (p99) after they were due, bound ${ms(limit)}; the wait is in the latency.`;
  return { ...measured, limit, level: value > limit ? 'warning' : 'ok', text };
}

function delivery({ started, scheduled, ended }: PhaseOutcome): AuditFinding {
  const share = scheduled === 0 ? 0 : started / scheduled;
  return {
    id: 'delivery',
    label: 'Requests due that were sent',
    level: share < DELIVERED_MIN && ended === 'complete' ? 'invalid' : 'ok',
    value: share,
    unit: 'share',
    limit: DELIVERED_MIN,
    text: `${formatCount(started)} of ${formatCount(scheduled)} requests due were sent.`,
  };
}

function ceiling({ ceilingPerSecond, result }: AuditInput): AuditFinding {
  const measured = {
    id: 'ceiling',
    label: 'Load as a share of what the generator can do',
    unit: 'share',
    limit: CEILING_SHARE_MAX,
  } as const;
  const delivered = result.goodputPerSecond;
  if (ceilingPerSecond === undefined || delivered === null) {
    const text = 'The ceiling of this generator was not measured.';
    return { ...measured, value: null, level: 'unknown', text };
  }
  const value = delivered / ceilingPerSecond;
  const text = `${Math.round(delivered)} requests/s of the ${Math.round(ceilingPerSecond)} this generator manages against a null server.`;
  return { ...measured, value, level: value > CEILING_SHARE_MAX ? 'invalid' : 'ok', text };
}

function foreignCpu({ foreignCores, cores }: AuditReading): AuditFinding {
  const measured = {
    id: 'foreign-cpu',
    label: 'CPU everybody else on this machine used',
    unit: 'cores',
    limit: FOREIGN_CORES_MAX * cores,
  } as const;
  if (foreignCores === undefined) {
    const text = 'This system does not tell what else used the CPU.';
    return { ...measured, value: null, level: 'unknown', text };
  }
  const text = `Other processes used ${foreignCores.toFixed(2)} of ${cores} cores.`;
  const level = foreignCores > measured.limit ? 'warning' : 'ok';
  return { ...measured, value: foreignCores, level, text };
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}
