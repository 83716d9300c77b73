import { formatCount } from '../base/figures.ts';
import { type JudgedFact, quiet } from './judged-fact.ts';
import type { SimulateReport } from './model.ts';

/** What was asked, and of whom. A reader must not take it for a measurement. */
export function simulateFacts({ result }: SimulateReport): JudgedFact[] {
  const { workload, fleet, gateways, objectives, extrapolated = [] } = result;
  return [
    { name: 'simulated', text: workload, isLoud: true },
    quiet('engines', fleet),
    ...extrapolated.map((what) => ({
      name: 'extrapolated',
      text: `the profile was never calibrated on ${what}`,
      isLoud: true,
    })),
    ...(gateways === 1 ? [] : [quiet('gateways', `${gateways} that share no memory`)]),
    ...(objectives.length === 0 ? [] : [quiet('objectives', objectives.join(', '))]),
    quiet('seeds', seedsText(result.rows)),
  ];
}

function seedsText(rows: SimulateReport['result']['rows']): string {
  if (rows.length === 0) return 'none was run to its end';
  const seeds = Math.min(...rows.map((it) => it.seeds));
  const isSpread = rows.every(({ metrics }) => Boolean(metrics['hit_rate']?.interval));
  const spread = isSpread ? '± is the 95 % interval over them' : 'too few for an interval';
  return `${formatCount(seeds)}, ${spread}`;
}
