import { formatFigure } from '../base/figures.ts';
import type { Between, CapacityCurve } from './result.ts';

/** Who carries the load, by arm. */
export const CARRIERS: Readonly<Record<string, string>> = {
  off: ' with routing off',
  on: ' with routing on',
};

/** `holds at 42.1/s, fails at 44/s`. */
export function limitText({ held, failed }: Pick<CapacityCurve, 'held' | 'failed'>): string {
  if (held === null) return failed === null ? 'unknown' : `fails at ${rateText(failed)}`;
  const above =
    failed === null ? 'nothing higher was seen to fail' : `fails at ${rateText(failed)}`;
  return `holds at ${rateText(held)}, ${above}`;
}

export function rateText(rate: number): string {
  return `${formatFigure(rate)}/s`;
}

/** `×1.8 (95 %: ×1.6 to ×2)`. */
export function betweenText(
  { value, low, high }: Between,
  show: (value: number) => string,
): string {
  return `${show(value)} (95 %: ${high === null ? `at least ${show(low)}` : `${show(low)} to ${show(high)}`})`;
}
