import { formatDuration } from '../../base/duration.ts';
import type { Interval } from '../../stats/interval.ts';
import type { HitRate } from './result-evidence.ts';

/** A share as `93.1 %`. */
export function formatShare(value: number | null): string {
  return value === null ? 'unknown' : `${(value * 100).toFixed(1)} %`;
}

export function formatMs(value: number | null): string {
  return value === null ? 'not resolved' : formatDuration(value);
}

/** A ratio as `0.34×`, with its interval when there is one. */
export function formatRatio(value: number | null, interval: Interval | null): string {
  if (value === null) return 'not resolved';
  const ends = formatInterval(interval, (it) => it.toFixed(3)) || ' (no interval)';
  return `×${value.toFixed(3)}${ends}`;
}

export function formatShareInterval(value: number | null, interval: Interval | null): string {
  return formatShare(value) + formatInterval(interval, formatShare);
}

/** ` (95 %: 1.20–3.40)` with its leading blank; nothing without an interval. */
export function formatInterval(interval: Interval | null, show: (value: number) => string): string {
  if (!interval) return '';
  return ` (${interval.confidence * 100} %: ${show(interval.low)}–${show(interval.high)})`;
}

/** `92.7 %`, or `43.8 % to 100.0 %` where what is unknown leaves room. */
export function formatHitShare({ value, bounds }: Pick<HitRate, 'value' | 'bounds'>): string {
  if (value !== null) return formatShare(value);
  return bounds ? `${formatShare(bounds.low)} to ${formatShare(bounds.high)}` : 'not measured';
}
