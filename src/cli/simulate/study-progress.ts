import { formatCount } from '../../base/figures.ts';
import { percent, timeLeft } from '../../ui/marks.ts';
import type { CliContext } from '../shell/context.ts';
import type { SimulateFlags } from './flags.ts';
import { rowsToRun, type SimulateSettings } from './settings.ts';

/** Requests between two looks at the clock. */
const LOOK_EVERY = 256;
const FIRST_MS = 2_000;
const EVERY_MS = 5_000;

/** Lines on stderr with the time left; of a search, whose length nobody knows, without. */
export class StudyProgress {
  readonly #context: CliContext;
  readonly #isQuiet: boolean;
  readonly #total: number | undefined;
  readonly #startMs: number;
  #nextMs: number;
  #done = 0;

  constructor(settings: SimulateSettings, flags: SimulateFlags, context: CliContext) {
    const { requests, plan } = settings;
    this.#context = context;
    this.#isQuiet = flags.quiet === true;
    this.#total =
      flags.find === undefined
        ? requests * rowsToRun(settings).length * plan.seeds.length
        : undefined;
    this.#startMs = context.clock.nowMs();
    this.#nextMs = this.#startMs + FIRST_MS;
  }

  /** One more request has ended. */
  count(): void {
    this.#done++;
    if (this.#isQuiet || this.#done % LOOK_EVERY !== 0) return;
    const nowMs = this.#context.clock.nowMs();
    if (nowMs < this.#nextMs) return;
    this.#nextMs = nowMs + EVERY_MS;
    this.#context.stderr.write(`  ${this.#line(nowMs - this.#startMs)}\n`);
  }

  #line(elapsedMs: number): string {
    const done = `${formatCount(this.#done)} requests`;
    if (this.#total === undefined) return `${done} simulated`;
    const share = this.#done / this.#total;
    const leftMs = (elapsedMs * (1 - share)) / share;
    return `${done} of ${formatCount(this.#total)} simulated (${percent(share)}), ${timeLeft(leftMs)}`;
  }
}
