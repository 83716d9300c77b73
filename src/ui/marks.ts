import { formatDuration } from '../base/duration.ts';
import { printable } from '../base/printable.ts';
import type { Outcome } from '../base/outcome.ts';

/** Colours text, or leaves it alone when the reader wants none. Meaning never rests on it. */
export type Paint = (colour: 'green' | 'red' | 'yellow' | 'dim' | 'bold', text: string) => string;

/** Told apart by shape: colours only help. */
export const OUTCOME_MARKS: Readonly<Record<Outcome, string>> = {
  pass: '✓',
  fail: '✗',
  inconclusive: '?',
  invalid: '!',
  error: '✗',
};

const LEVELS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** `████░░░░`: `width` cells, of which the share in 0..1 is filled. */
export function bar(share: number, width: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * width);
  return '█'.repeat(filled) + '░'.repeat(width - filled);
}

/** The last `width` values from zero to `top`, their largest by default, one cell each. */
export function sparkline(values: readonly number[], width: number, top?: number): string {
  const shown = values.slice(-width);
  const largest = top ?? Math.max(...shown, Number.MIN_VALUE);
  return shown
    .map((value) => LEVELS[Math.min(LEVELS.length - 1, Math.floor((value / largest) * 8))]!)
    .join('');
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** Time left, rounded so that it does not jitter: whole seconds, then whole minutes. */
export function timeLeft(ms: number): string {
  if (ms < 500) return 'about done';
  const rounded = ms < 120_000 ? Math.ceil(ms / 1_000) * 1_000 : Math.ceil(ms / 10_000) * 10_000;
  return `${formatDuration(rounded)} left`;
}

/** Foreign text, exactly so wide. */
export function clipped(foreign: string, width: number): string {
  const text = printable(foreign);
  return text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width);
}
