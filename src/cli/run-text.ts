import { formatDuration } from '../base/duration.ts';
import type { MockVerdict } from '../run/mock-scenario.ts';
import type { StackMember } from '../stack/options.ts';
import { checkLines } from '../report/check-lines.ts';
import { outcomeWord } from '../report/paint.ts';
import type { CliContext, OutputStream } from './context.ts';
import type { OutputFlags } from './options.ts';
import type { Paint } from '../report/paint.ts';
import { painter } from './paint.ts';
import { exchangeFacts, statsLines } from './request-text.ts';
import type { RunSummary } from './run-document.ts';

/** Tells people how a run goes: on stdout, or on stderr when stdout is for a machine. */
export class RunNarrator {
  readonly #out: OutputStream;
  readonly #paint: Paint;
  readonly #flags: OutputFlags;

  constructor(flags: OutputFlags, context: CliContext, out: OutputStream) {
    this.#out = out;
    this.#paint = painter(out, context.env, flags.color);
    this.#flags = flags;
  }

  member({ title, url, pid, source }: StackMember): void {
    const how = pid === null ? 'using the one that runs there' : `pid ${pid}`;
    const from = this.#flags.verbose ? ` (${source})` : '';
    this.#say(`${title.padEnd(17)} ${url.padEnd(24)} ${this.#paint('dim', how + from)}`);
  }

  evidence({ exchanges, stats, checks }: MockVerdict): void {
    for (const [index, exchange] of exchanges.entries()) {
      const title = this.#paint('bold', `request ${index + 1}`);
      this.#say('', `${title}  ${exchangeFacts(exchange).join(', ')}`, exchange.body.trim());
    }
    this.#say('', ...statsLines(stats, this.#paint), '', this.#paint('bold', 'checks'));
    for (const check of checks) {
      const lines = checkLines(check, this.#paint, this.#flags.verbose === true);
      if (check.outcome === 'pass') this.#say(...lines);
      else this.#insist(...lines);
    }
  }

  keptUp(workDir: string): void {
    this.#say('', `Everything stays up; logs in ${workDir}. Ctrl-C ends it.`);
  }

  verdict({ verdict, members, workDir, isKept, durationMs }: RunSummary): void {
    const { checks, outcome } = verdict;
    const passCount = checks.filter((check) => check.outcome === 'pass').length;
    this.#say('', this.#paint('bold', 'logs'));
    for (const { title, logPath } of members) {
      this.#say(`${title.padEnd(17)} ${logPath ?? '(not ours)'}`);
    }
    this.#say(
      isKept ? `kept in ${workDir}` : this.#paint('dim', 'removed; --keep-work-dir keeps them'),
      '',
    );
    const counts = `${passCount} of ${checks.length} checks hold`;
    this.#insist(`${outcomeWord(outcome, this.#paint)} ${counts}, ${formatDuration(durationMs)}`);
  }

  #say(...lines: string[]): void {
    if (!this.#flags.quiet) this.#insist(...lines);
  }

  #insist(...lines: string[]): void {
    this.#out.write(lines.map((line) => `${line}\n`).join(''));
  }
}
