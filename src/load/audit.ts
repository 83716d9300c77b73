import type { PhaseResult } from './aggregate.ts';
import type { AuditReading } from './audit-probe.ts';
import type { PhasePlan } from './plan.ts';
import type { PhaseOutcome } from './run-load.ts';

/** One thing the generator must be able to say of itself before its figures count. */
export interface AuditFinding {
  id: 'client-cpu' | 'event-loop' | 'lateness' | 'delivery' | 'ceiling' | 'foreign-cpu';
  /** `invalid` ends the run as invalid; `warning` is printed; `unknown` could not be told. */
  level: 'ok' | 'warning' | 'invalid' | 'unknown';
  /** One sentence with the figure and its bound. */
  text: string;
}

export interface AuditInput {
  reading: AuditReading;
  result: PhaseResult;
  outcome: PhaseOutcome;
  load: PhasePlan['load'];
  /** Requests per second this generator manages against a server that does nothing; see null-server. */
  ceilingPerSecond: number | undefined;
}

/** Beyond this share of one core the client's own queueing shows in the tail; waiting by spinning is none. */
const CLIENT_CORES_MAX = { plain: 0.6, spinning: 0.85 };
/** In a shorter run most of the CPU goes into compiling, once; what that delays shows in the event loop. */
const CPU_JUDGED_FROM_MS = 1_000;
const CEILING_SHARE_MAX = 0.7;
const DELIVERED_MIN = 0.99;
const FOREIGN_CORES_MAX = 0.5;
/** Timers and garbage collection alone cost a few milliseconds now and then. */
const DELAY_MS_FLOOR = 10;
/** Share of the measured p50 that the generator itself may add at its own p99. */
const DELAY_SHARE_MAX = 0.05;

/** Judges the generator by its own traces. */
export function auditRun(input: AuditInput): AuditFinding[] {
  return [
    clientCpu(input),
    eventLoop(input),
    ...(input.load.kind === 'open' ? [lateness(input), delivery(input)] : []),
    ceiling(input),
    foreignCpu(input),
  ];
}

/** Reasons why the run must not be trusted; empty when it may. */
export function invalidReasons(findings: readonly AuditFinding[]): string[] {
  return findings.filter(({ level }) => level === 'invalid').map(({ text }) => text);
}

function clientCpu({ reading, load }: AuditInput): AuditFinding {
  const isSpinning = load.kind === 'open' && load.isPrecise;
  const bound = CLIENT_CORES_MAX[isSpinning ? 'spinning' : 'plain'];
  const used = `The generator used ${percent(reading.clientCores)} of a core`;
  if (reading.durationMs < CPU_JUDGED_FROM_MS) {
    return finding('client-cpu', 'unknown', `${used}; the run was too short to judge by it.`);
  }
  return reading.clientCores > bound
    ? finding(
        'client-cpu',
        'invalid',
        `${used}; above ${percent(bound)} it measures itself. Lower the load.`,
      )
    : finding('client-cpu', 'ok', `${used}.`);
}

function eventLoop({ reading, result }: AuditInput): AuditFinding {
  const bound = delayBoundMs(result);
  const text = `Event-loop delay p99 is ${ms(reading.eventLoopDelayMsP99)}, bound ${ms(bound)}.`;
  return finding('event-loop', reading.eventLoopDelayMsP99 > bound ? 'invalid' : 'ok', text);
}

function lateness({ result }: AuditInput): AuditFinding {
  const late = percentileOf(result.lateness, 99) ?? result.lateness.max;
  if (late === undefined) return finding('lateness', 'unknown', 'No request was sent.');
  const bound = delayBoundMs(result);
  const text = `Requests left up to ${ms(late)} (p99) after they were due, bound ${ms(bound)}; the wait is in the latency.`;
  return finding('lateness', late > bound ? 'warning' : 'ok', text);
}

function delivery({ outcome }: AuditInput): AuditFinding {
  const share = outcome.scheduled === 0 ? 0 : outcome.started / outcome.scheduled;
  const text = `${outcome.started} of ${outcome.scheduled} requests due were sent.`;
  const isShort = share < DELIVERED_MIN && outcome.ended === 'complete';
  return finding('delivery', isShort ? 'invalid' : 'ok', text);
}

function ceiling({ ceilingPerSecond, result }: AuditInput): AuditFinding {
  const delivered = result.goodputPerSecond;
  if (ceilingPerSecond === undefined || delivered === undefined) {
    return finding('ceiling', 'unknown', 'The ceiling of this generator was not measured.');
  }
  const text = `${Math.round(delivered)} requests/s of the ${Math.round(ceilingPerSecond)} this generator manages against a null server.`;
  return finding(
    'ceiling',
    delivered > CEILING_SHARE_MAX * ceilingPerSecond ? 'invalid' : 'ok',
    text,
  );
}

function foreignCpu({ reading }: AuditInput): AuditFinding {
  if (reading.foreignCores === undefined) {
    return finding('foreign-cpu', 'unknown', 'This system does not tell what else used the CPU.');
  }
  const text = `Other processes used ${reading.foreignCores.toFixed(2)} of ${reading.cores} cores.`;
  const isBusy = reading.foreignCores > FOREIGN_CORES_MAX * reading.cores;
  return finding('foreign-cpu', isBusy ? 'warning' : 'ok', text);
}

function delayBoundMs(result: PhaseResult): number {
  const p50 = percentileOf(result.latency, 50) ?? 0;
  return Math.max(DELAY_MS_FLOOR, DELAY_SHARE_MAX * p50);
}

function percentileOf(summary: PhaseResult['latency'], percentWanted: number): number | undefined {
  return summary.percentiles.find(({ percent }) => percent === percentWanted)?.value;
}

function finding(id: AuditFinding['id'], level: AuditFinding['level'], text: string): AuditFinding {
  return { id, level, text };
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}
