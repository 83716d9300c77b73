import { CAPACITY_METRICS, refuseUnboundable } from '../../capacity/objective.ts';
import type { Objective } from '../../simulate/result/objectives.ts';
import type { Setting } from '../../simulate/result/result.ts';
import { hasTurns, traceRate } from '../../simulate/workload/trace-requests.ts';
import type { Trace } from '../../traces/trace.ts';
import { refuseConversations } from '../load/open-loop.ts';
import { workloadOf } from '../load/settings.ts';
import { flagInvalid } from '../shell/flag-invalid.ts';
import type { SimulateFlags } from './flags.ts';
import { requestsOf } from './workloads.ts';

interface Asked {
  settings: readonly Setting[];
  objectives: readonly Objective[];
  trace: Trace | undefined;
  cwd: string;
}

/**
 * What is asked at rates of ours has to be an open loop.
 * @throws KvcacheError FLAG_INVALID, OBJECTIVE_INVALID (kind usage)
 */
export function refusePace(flags: SimulateFlags, asked: Asked): void {
  const { settings, trace, objectives, cwd } = asked;
  const isSwept = (axis: string): boolean => settings.some((it) => Object.hasOwn(it, axis));
  if (isSwept('speed') && (trace === undefined || isSwept('rate'))) {
    const remedy = 'Only a trace has a pace, and a rate sets another: sweep the one or the other.';
    throw flagInvalid('--sweep', flags.sweep!, remedy);
  }
  const isSearch = flags.find === 'rate';
  if (!isSearch && !isSwept('rate')) return;
  const flag = isSearch ? '--find' : '--sweep';
  const text = isSearch ? 'rate' : flags.sweep!;
  if (flags.concurrency !== undefined) {
    throw flagInvalid(flag, text, 'Leave out --concurrency: a rate says when requests come.');
  }
  if (trace) refuseUnscalable(trace, flags, { flag, text });
  if (!isSearch) return;
  if (!trace) refuseConversations(workloadOf(flags, flags.workload, cwd));
  refuseObjectives(objectives);
}

function refuseUnscalable(
  trace: Trace,
  flags: SimulateFlags,
  { flag, text }: { flag: string; text: string },
): void {
  const count = requestsOf(flags, trace);
  if (hasTurns(trace, count)) {
    const problem = 'Rows of a session wait for each other, so that the engines set the rate:';
    throw flagInvalid(flag, text, `${problem} take --find engines, or --sweep speed=1:2:4.`);
  }
  if (traceRate(trace, count) === undefined) {
    throw flagInvalid(flag, text, 'All rows of the trace arrive at once: take --find engines.');
  }
}

function refuseObjectives(objectives: readonly Objective[]): void {
  objectives.forEach(refuseUnboundable);
  const foreign = objectives.find(({ metric }) => !Object.hasOwn(CAPACITY_METRICS, metric));
  if (!foreign) return;
  const known = Object.keys(CAPACITY_METRICS).join(', ');
  throw flagInvalid('--slo', foreign.text, `Under load can be bounded: ${known}.`);
}
