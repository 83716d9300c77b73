import { printable } from '../../base/printable.ts';
import type { Check, Outcome } from '../../base/outcome.ts';
import { checkLines } from '../../report/check-lines.ts';
import { wrap } from '../../report/layout.ts';
import { outcomeWord, type Paint } from '../../report/paint.ts';
import type { CliContext, OutputStream } from './context.ts';
import type { OutputFlags } from './options.ts';
import { painter, widthOf } from './terminal.ts';

// oxlint-disable-next-line no-control-regex -- what `painter` writes
const COLOUR = /(\u001b\[(?:1|2|22|3[1239])m)/;

/** How a command talks to people: lines that fit their terminal, whole ones for a pipe. */
export class Voice {
  readonly paint: Paint;
  readonly isVerbose: boolean;
  readonly #out: OutputStream;
  readonly #flags: OutputFlags;

  constructor(flags: OutputFlags, { env }: Pick<CliContext, 'env'>, out: OutputStream) {
    this.#out = out;
    this.#flags = flags;
    this.paint = painter(out, env, flags.color);
    this.isVerbose = flags.verbose === true;
  }

  /** Columns that lines fit. */
  get width(): number {
    return widthOf(this.#out);
  }

  /** What `--quiet` spares the reader. */
  say(...lines: readonly string[]): void {
    if (!this.#flags.quiet) this.insist(...lines);
  }

  insist(...lines: readonly string[]): void {
    const shown = lines.flatMap((line) => wrap(this.#harmless(line), this.width));
    this.#out.write(shown.join('\n') + '\n');
  }

  /** Whatever a line quotes, it stays one line, and a terminal obeys nothing in it but our colours. */
  #harmless(line: string): string {
    if (this.paint('bold', '') === '') return printable(line);
    const parts = line.split(COLOUR);
    return parts.map((part, index) => (index % 2 === 0 ? printable(part) : part)).join('');
  }

  checks(checks: readonly Check[]): void {
    for (const check of checks) {
      const lines = checkLines(check, this.paint, this.isVerbose);
      if (check.outcome === 'pass') this.say(...lines);
      else this.insist(...lines);
    }
  }

  /** The last line; `more` says what else belongs to it. */
  verdict(outcome: Outcome, checks: readonly Check[], more: readonly string[] = []): void {
    const passCount = checks.filter((check) => check.outcome === 'pass').length;
    const facts = [`${passCount} of ${checks.length} checks hold`, ...more];
    this.insist(`${outcomeWord(outcome, this.paint)} ${facts.join(', ')}`);
  }
}
