import { formatDuration } from '../base/duration.ts';
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

  constructor(flags: OutputFlags, context: CliContext) {
    this.#out = flags.json ? context.stderr : context.stdout;
    this.#paint = painter(this.#out, context.env, flags.color);
    this.#flags = flags;
  }

  settings(sources: readonly SettingSource[]): void {
    if (!this.#flags.verbose) return;
    this.#say(...sources.map(({ name, value, source }) => `${name} = ${value}  (${source})`));
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

  #say(...lines: string[]): void {
    if (!this.#flags.quiet) this.#insist(...lines);
  }

  #insist(...lines: string[]): void {
    this.#out.write(lines.map((line) => `${line}\n`).join(''));
  }
}
