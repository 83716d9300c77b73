import type { Clock } from '../base/clock.ts';
import { formatDuration } from '../base/duration.ts';
import { formatCount } from '../base/figures.ts';
import type { Check } from '../base/outcome.ts';
import type { LoadEvent } from '../load/events.ts';
import type { VerifyEvent } from '../verify/experiment/events.ts';
import { type Paint, percent, timeLeft } from './marks.ts';
import type { ProgressEvent } from './view-state.ts';

export interface PlainOptions {
  clock: Clock;
  write: (line: string) => void;
  paint: Paint;
  /** The lines of a check, painted. */
  describe: (check: Check) => string[];
}

/** Often enough to see that it lives; a long run must not fill the log of a pipeline. */
const OFTEN_MS = 2_000;
const OFTEN_UNTIL_MS = 20_000;
const SELDOM_MS = 15_000;

/** Progress as lines, for pipes, logs and CI. */
export class PlainProgress {
  readonly #options: PlainOptions;
  readonly #startMs: number;
  #nextMs: number;
  #tenths = 0;

  constructor(options: PlainOptions) {
    this.#options = options;
    this.#startMs = options.clock.nowMs();
    this.#nextMs = this.#startMs + OFTEN_MS;
  }

  listen(event: ProgressEvent): void {
    const { write, paint, describe } = this.#options;
    if (event.type === 'phase') write(paint('dim', `… ${event.phase}`));
    if (event.type === 'finding' && event.finding.outcome !== 'pass') {
      for (const line of describe(event.finding)) write(line);
    }
    if (event.type === 'note') write(`  ${event.text}`);
    if (event.type === 'cost') write(costLine(event));
    if (event.type === 'block') this.#block(event);
    if (event.type === 'progress') this.#progress(event);
  }

  /** Ten lines, not one per block. */
  #block({ done, total, remainingMs }: Extract<VerifyEvent, { type: 'block' }>): void {
    const tenths = Math.floor((10 * done) / total);
    if (tenths === this.#tenths) return;
    this.#tenths = tenths;
    const { write, paint } = this.#options;
    const left = remainingMs === null || done === total ? '' : `, ${timeLeft(remainingMs)}`;
    write(paint('dim', `  ${done} of ${total} blocks (${percent(done / total)})${left}`));
  }

  #progress(event: Extract<LoadEvent, { type: 'progress' }>): void {
    const nowMs = this.#options.clock.nowMs();
    if (nowMs < this.#nextMs) return;
    const isYoung = nowMs - this.#startMs < OFTEN_UNTIL_MS;
    this.#nextMs = nowMs + (isYoung ? OFTEN_MS : SELDOM_MS);
    this.#options.write(loadLine(event));
  }
}

function costLine({ planned, budget }: Extract<VerifyEvent, { type: 'cost' }>): string {
  const { requests, promptTokens, durationMs, couldShow } = planned;
  const time = durationMs === 0 ? '' : `, at least ${formatDuration(durationMs)}`;
  const shows =
    couldShow === null
      ? 'too small to show anything of TTFT p95: at least 6 rounds and 72 requests per arm are needed'
      : `at a typical spread it can show a TTFT p95 lower by ${percent(couldShow)} or more`;
  return `this will cost up to ${formatCount(requests)} requests and ${formatCount(promptTokens)} prompt tokens${time} (budget: ${budget}); ${shows}`;
}

function loadLine(event: Extract<LoadEvent, { type: 'progress' }>): string {
  const { labels, elapsedMs, finished, failed, inFlight, waiting, latencyMsP95 } = event;
  const p95 = latencyMsP95 === undefined ? '' : `, p95 ${formatDuration(latencyMsP95)}`;
  const queue = waiting > 0 ? `, ${waiting} waiting` : '';
  return `${labels.phase} ${formatDuration(elapsedMs)}: ${finished} done, ${failed} failed, ${inFlight} in flight${queue}${p95}`;
}
