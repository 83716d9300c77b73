import type { Outcome } from '../../base/outcome.ts';
import type { SentRequest } from '../../run/evidence.ts';
import { checkLines } from '../../report/check-lines.ts';
import { type Progress, SILENT, watchLive } from '../../ui/progress.ts';
import type { RunEvent } from '../../ui/run-events.ts';
import type { CliContext } from '../shell/context.ts';
import type { HeldOutput } from './held-output.ts';
import type { OutputFlags } from '../shell/options.ts';
import { painter } from '../shell/terminal.ts';

/** What can be said of a run before it starts. */
export interface RunOutline {
  phases: readonly string[];
  /** How many checks will settle. */
  checks: number;
}

/** What a view needs of a request. */
export type Answered = Pick<
  SentRequest,
  'step' | 'failure' | 'servedBy' | 'ttftMs' | 'promptTokens' | 'cachedTokens'
>;

/**
 * The live view of a run, where people watch one. What is told in the meantime waits for its end, so
 * that only one of them writes to the terminal; everywhere else it is told as it happens.
 */
export class RunView {
  readonly #progress: Progress;
  readonly #narration: HeldOutput;

  constructor(
    { phases, checks }: RunOutline,
    narration: HeldOutput,
    { flags, context }: { flags: OutputFlags & { scenario: string }; context: CliContext },
  ) {
    this.#narration = narration;
    const paint = painter(context.stderr, context.env, flags.color);
    const live = narration.isTTY
      ? watchLive(context, {
          title: `run ${flags.scenario}`,
          phases,
          checks,
          isQuiet: flags.quiet === true,
          isMachine: flags.json === true,
          paint,
          describe: (check) => checkLines(check, paint, flags.verbose === true),
        })
      : undefined;
    if (live) narration.hold();
    this.#progress = live ?? SILENT;
  }

  on(event: RunEvent): void {
    this.#progress.onEvent(event);
  }

  answered({ failure, ...facts }: Answered): void {
    this.on({
      type: 'answer',
      step: facts.step,
      servedBy: facts.servedBy ?? null,
      ttftMs: facts.ttftMs ?? null,
      promptTokens: facts.promptTokens ?? null,
      cachedTokens: facts.cachedTokens ?? null,
      isError: failure !== undefined,
    });
  }

  settled(outcome: Outcome): void {
    this.on({ type: 'settled', outcome });
  }

  /** Repeatable. */
  stop(): void {
    this.#progress.stop();
    this.#narration.release();
  }
}
