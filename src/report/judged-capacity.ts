import { formatDuration } from '../base/duration.ts';
import { formatCount } from '../base/figures.ts';
import { sumOf } from '../base/lists.ts';
import { type JudgedFact, quiet, seedFact } from './judged-fact.ts';
import type { CapacityReport } from './model.ts';

/** What was loaded, with what, and what had to hold. */
export function capacityFacts({ result, seed, durationMs }: CapacityReport): JudgedFact[] {
  const { target, model, workload, objectives, routingOff, engines, curves } = result;
  const judged = sumOf(
    curves.flatMap((it) => it.steps),
    (it) => it.requests,
  );
  const time = durationMs === null ? '' : ` in ${formatDuration(durationMs)}`;
  return [
    quiet('target', target),
    ...(engines === null ? [] : [quiet('engines', `${engines}`)]),
    quiet('model', model),
    quiet('workload', workload),
    quiet('objectives', objectives.join(', ') || 'none'),
    ...(routingOff === null ? [] : [quiet('routing off', routingOff)]),
    ...seedFact(seed),
    quiet('cost', `${formatCount(judged)} requests judged${time}`),
  ];
}
