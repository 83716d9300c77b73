import { formatDuration } from '../base/duration.ts';
import type { VerifyEvent } from '../verify/events.ts';
import type { SettingSource, VerifyResult } from '../verify/result.ts';
import { checkLines, outcomeWord } from './checks-text.ts';
import type { CliContext, OutputStream } from './context.ts';
import type { OutputFlags } from './options.ts';
import { type Paint, painter } from './paint.ts';

/** Plain lines for a verification: on stdout, or on stderr when stdout is for a machine. */
export class VerifyNarrator {
  readonly #out: OutputStream;
  readonly #paint: Paint;
  readonly #flags: OutputFlags;
  #lastShare = 0;

  constructor(flags: OutputFlags, context: CliContext) {
    this.#out = flags.json ? context.stderr : context.stdout;
    this.#paint = painter(this.#out, context.env, flags.color);
    this.#flags = flags;
  }

  settings(sources: readonly SettingSource[]): void {
    if (!this.#flags.verbose) return;
    this.#say(...sources.map(({ name, value, source }) => `${name} = ${value}  (${source})`));
  }

  event(event: VerifyEvent): void {
    if (event.type === 'phase') this.#say(this.#paint('dim', `… ${event.phase}`));
    if (event.type === 'finding' && event.finding.outcome !== 'pass') {
      this.#say(...checkLines(event.finding, this.#paint, this.#flags.verbose === true));
    }
    if (event.type === 'cost') {
      const { requests, promptTokens, durationMs } = event.planned;
      this.#say(
        `this will cost up to ${requests} requests and ${promptTokens} prompt tokens, about ${formatDuration(durationMs)} (budget: ${event.budget})`,
      );
    }
    if (event.type === 'block') this.#progress(event);
  }

  result(result: VerifyResult): void {
    this.#say('', this.#paint('bold', 'original report'));
    for (const { label, value } of result.parity) this.#say(`${label.padEnd(28)} ${value}`);
    this.#say('', this.#paint('bold', 'checks'));
    for (const check of result.checks) {
      const lines = checkLines(check, this.#paint, this.#flags.verbose === true);
      if (check.outcome === 'pass') this.#say(...lines);
      else this.#insist(...lines);
    }
    for (const { code, reason, remedy } of result.invalidations) {
      this.#insist(
        `${outcomeWord('invalid', this.#paint)} ${reason} [${code}]`,
        `     → ${remedy}`,
      );
    }
    if (result.funnel?.diagnosis) {
      this.#insist(`lost at "${result.funnel.worstStage}": ${result.funnel.diagnosis}`);
    }
    const partial = result.isPartial ? `, partial: ${result.stopReason}` : '';
    this.#insist(
      `${outcomeWord(result.outcome, this.#paint)} ${formatDuration(result.durationMs)}, seed ${result.seed}${partial}`,
    );
  }

  /** Ten lines, not one per block. */
  #progress({ done, total, remainingMs }: Extract<VerifyEvent, { type: 'block' }>): void {
    const share = Math.floor((10 * done) / total);
    if (share === this.#lastShare) return;
    this.#lastShare = share;
    const left = remainingMs === null ? '' : `, ${formatDuration(remainingMs)} left`;
    this.#say(this.#paint('dim', `  ${done} of ${total} blocks${left}`));
  }

  #say(...lines: string[]): void {
    if (!this.#flags.quiet) this.#insist(...lines);
  }

  #insist(...lines: string[]): void {
    this.#out.write(lines.map((line) => `${line}\n`).join(''));
  }
}
