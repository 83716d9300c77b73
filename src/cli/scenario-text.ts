import { formatDuration } from '../base/duration.ts';
import type { Check } from '../base/outcome.ts';
import type { Scenario, ScenarioEvent } from '../run/scenario.ts';
import { eventText } from '../run/scenario-events.ts';
import type { StackMember } from '../stack/options.ts';
import { checkLines } from '../report/check-lines.ts';
import { outcomeWord, type Paint } from '../report/paint.ts';
import type { CliContext, OutputStream } from './context.ts';
import type { OutputFlags } from './options.ts';
import { painter } from './paint.ts';
import type { ScenarioSummary, StepFigures } from './scenario-document.ts';

/** Tells people how a scenario goes: on stdout, or on stderr when stdout is for a machine. */
export class ScenarioNarrator {
  readonly #out: OutputStream;
  readonly #paint: Paint;
  readonly #flags: OutputFlags;

  constructor(flags: OutputFlags, context: CliContext, out: OutputStream) {
    this.#out = out;
    this.#paint = painter(out, context.env, flags.color);
    this.#flags = flags;
  }

  opening({ name, title, demonstrates, outcome, gateway }: Scenario, seed: number): void {
    this.#say(
      `${this.#paint('bold', name)}  ${title}`,
      demonstrates,
      `Expected: ${outcome}`,
      this.#paint('dim', `routing ${gateway.policy}, seed ${seed}`),
      '',
    );
  }

  member({ title, url, pid }: StackMember): void {
    this.#say(`${title.padEnd(17)} ${url.padEnd(24)} ${this.#paint('dim', `pid ${pid}`)}`);
  }

  event(event: ScenarioEvent): void {
    this.#say(`${'·'.padStart(6)} ${eventText(event)}`);
  }

  step(figures: StepFigures): void {
    const { name, requests, failed, ttftMsMedian } = figures;
    const parts = [
      `${requests} requests${failed > 0 ? `, ${failed} failed` : ''}`,
      counts(figures.servedBy),
      counts(figures.reasons),
      cachedText(figures),
      ...(ttftMsMedian === null ? [] : [`TTFT p50 ${ttftMsMedian.toFixed(1)} ms`]),
    ];
    this.#say(`${this.#paint('bold', name.padEnd(10))} ${parts.filter(Boolean).join('; ')}`);
  }

  checks(checks: readonly Check[]): void {
    this.#say('', this.#paint('bold', 'checks'));
    for (const check of checks) {
      const lines = checkLines(check, this.#paint, this.#flags.verbose === true);
      if (check.outcome === 'pass') this.#say(...lines);
      else this.#insist(...lines);
    }
  }

  keptUp(workDir: string): void {
    this.#say('', `Everything stays up; logs in ${workDir}. Ctrl-C ends it.`);
  }

  verdict({ checks, outcome, workDir, isKept, durationMs }: ScenarioSummary): void {
    const passCount = checks.filter((check) => check.outcome === 'pass').length;
    this.#say('', isKept ? `logs kept in ${workDir}` : this.#paint('dim', 'logs removed'));
    const held = `${passCount} of ${checks.length} checks hold`;
    this.#insist(`${outcomeWord(outcome, this.#paint)} ${held}, ${formatDuration(durationMs)}`);
  }

  #say(...lines: string[]): void {
    if (!this.#flags.quiet) this.#insist(...lines);
  }

  #insist(...lines: string[]): void {
    this.#out.write(lines.map((line) => `${line}\n`).join(''));
  }
}

function counts(values: Readonly<Record<string, number>>): string {
  return Object.entries(values)
    .toSorted((left, right) => right[1] - left[1])
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}

function cachedText({ promptTokens, cachedTokens, predictedTokens }: StepFigures): string {
  if (promptTokens === null || cachedTokens === null) return 'cached tokens unknown';
  const predicted = predictedTokens === null ? '' : `, ${predictedTokens} predicted`;
  return `${cachedTokens} of ${promptTokens} tokens cached${predicted}`;
}
