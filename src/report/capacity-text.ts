import { formatFigure } from '../base/figures.ts';
import { betweenText, CARRIERS, limitText } from '../capacity/text.ts';
import type { CapacityCurve, CapacityFigures } from '../capacity/result.ts';
import type { CapacityReport } from './model.ts';

/** What was found in one sentence. */
export function capacitySentence({ result }: CapacityReport): string {
  const { curves, gain } = result;
  if (curves.length === 0) return 'No rate was tried.';
  if (gain !== null) {
    const times = betweenText(gain.times, (it) => `${formatFigure(it)}×`);
    return `On the same engines routing carries ${times} the requests within ${within(result)}.`;
  }
  return curves.map((it) => `${curveSentence(it, result)}.`).join(' ');
}

function curveSentence({ arm, ...curve }: CapacityCurve, result: CapacityFigures): string {
  const who = `${within(result)}${CARRIERS[arm] ?? ''}`;
  return curve.held === null ? `No rate was seen to hold ${who}` : `${who} ${limitText(curve)}`;
}

function within({ objectives }: CapacityFigures): string {
  return objectives.join(' and ');
}
