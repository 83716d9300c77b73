import { formatDuration } from '../../base/duration.ts';
import type { MockVerdict } from '../../run/mock-scenario.ts';
import type { StackMember } from '../../stack/options.ts';
import type { CliContext, OutputStream } from '../shell/context.ts';
import type { OutputFlags } from '../shell/options.ts';
import { answerFacts, statsLines } from '../request/text.ts';
import type { RunSummary } from './document.ts';
import type { RunNarrator } from './frame.ts';
import { Voice } from '../shell/voice.ts';

/** Tells people how the sample's run goes: on stdout, or on stderr when stdout is for a machine. */
export class MockNarrator implements RunNarrator<RunSummary> {
  readonly #voice: Voice;
  readonly #isVerbose: boolean;

  constructor(flags: OutputFlags, context: CliContext, out: OutputStream) {
    this.#voice = new Voice(flags, context, out);
    this.#isVerbose = flags.verbose === true;
  }

  member({ title, url, pid, source }: StackMember): void {
    const how = pid === null ? 'using the one that runs there' : `pid ${pid}`;
    const from = this.#isVerbose ? ` (${source})` : '';
    const { paint } = this.#voice;
    this.#voice.say(`${title.padEnd(17)} ${url.padEnd(24)} ${paint('dim', how + from)}`);
  }

  evidence({ answers, stats, checks }: MockVerdict): void {
    const { paint } = this.#voice;
    for (const [index, answer] of answers.entries()) {
      const title = paint('bold', `request ${index + 1}`);
      this.#voice.say('', `${title}  ${answerFacts(answer).join(', ')}`, answer.body.trim());
    }
    this.#voice.say('', ...statsLines(stats, paint), '', paint('bold', 'checks'));
    this.#voice.checks(checks);
  }

  keptUp(workDir: string): void {
    this.#voice.say('', `Everything stays up; logs in ${workDir}. Ctrl-C ends it.`);
  }

  verdict({ checks, outcome, members, workDir, isKept, durationMs }: RunSummary): void {
    const { paint } = this.#voice;
    this.#voice.say('', paint('bold', 'logs'));
    for (const { title, logPath } of members) {
      this.#voice.say(`${title.padEnd(17)} ${logPath ?? '(not ours)'}`);
    }
    const kept = isKept
      ? `kept in ${workDir}`
      : paint('dim', 'removed; --keep-work-dir keeps them');
    this.#voice.say(kept, '');
    this.#voice.verdict(outcome, checks, [formatDuration(durationMs)]);
  }
}
