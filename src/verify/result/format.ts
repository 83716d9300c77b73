import { formatDuration } from '../../base/duration.ts';
import { formatFigure, formatRange } from '../../base/figures.ts';
import type { Interval } from '../../stats/interval.ts';
import type { HitRate } from './result-evidence.ts';

/** A share as `93.1 %`. */
export function formatShare(value: number | null): string {
  return value === null ? 'unknown' : `${(value * 100).toFixed(1)} %`;
}

export function formatMs(value: number | null): string {
  return value === null ? 'not resolved' : formatDuration(value);
}

/** `154 → 67.3 ms`. */
export function formatTimes(baseMs: number | null, treatmentMs: number | null): string {
  if (baseMs === null || treatmentMs === null) return 'not resolved';
  return formatRange(formatDuration(baseMs), formatDuration(treatmentMs), ' → ');
}

/** From here on percents are too many to read. */
const FACTOR_FROM = 5;

/** A ratio as what it changes: `−56 %`, `+12 %`, `×8.4`. */
export function formatChange(ratio: number): string {
  if (ratio >= FACTOR_FROM) return `×${formatFigure(ratio)}`;
  const change = Math.round(100 * (ratio - 1));
  return `${change > 0 ? '+' : change < 0 ? '−' : '±'}${Math.abs(change)} %`;
}

/** `−66 to −30 %`. */
export function formatEnds(
  { low, high }: Pick<Interval, 'low' | 'high'>,
  show: (value: number) => string,
): string {
  return formatRange(show(low), show(high), ' to ');
}

/** `−56 % (95 %: −66 to −30 %)`. */
export function formatRatio(value: number | null, interval: Interval | null): string {
  if (value === null) return 'not resolved';
  return formatChange(value) + (formatInterval(interval, formatChange) || ' (no interval)');
}

export function formatShareInterval(value: number | null, interval: Interval | null): string {
  return formatShare(value) + formatInterval(interval, formatShare);
}

/** ` (95 %: 1.20 to 3.40)` with its leading blank; nothing without an interval. */
export function formatInterval(interval: Interval | null, show: (value: number) => string): string {
  if (!interval) return '';
  return ` (${interval.confidence * 100} %: ${formatEnds(interval, show)})`;
}

/** `92.7 %`, or `43.8 to 100.0 %` where what is unknown leaves room. */
export function formatHitShare({ value, bounds }: Pick<HitRate, 'value' | 'bounds'>): string {
  if (value !== null) return formatShare(value);
  return bounds ? formatEnds(bounds, formatShare) : 'not measured';
}
