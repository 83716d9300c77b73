import { formatDuration } from '../../base/duration.ts';
import type { Check } from '../../base/outcome.ts';
import type { Scenario, ScenarioEvent } from '../../run/scenario.ts';
import { eventText } from '../../run/scenario-events.ts';
import type { StackMember } from '../../stack/options.ts';
import type { CliContext, OutputStream } from '../shell/context.ts';
import type { OutputFlags } from '../shell/options.ts';
import type { RunNarrator } from './frame.ts';
import type { ScenarioSummary, StepFigures } from './scenario-document.ts';
import { Voice } from '../shell/voice.ts';

/** Tells people how a scenario goes: on stdout, or on stderr when stdout is for a machine. */
export class ScenarioNarrator implements RunNarrator<ScenarioSummary> {
  readonly #voice: Voice;

  constructor(flags: OutputFlags, context: CliContext, out: OutputStream) {
    this.#voice = new Voice(flags, context, out);
  }

  opening({ name, title, demonstrates, outcome, gateway }: Scenario, seed: number): void {
    const { paint } = this.#voice;
    this.#voice.say(
      `${paint('bold', name)}  ${title}`,
      demonstrates,
      `Expected: ${outcome}`,
      paint('dim', `routing ${gateway.policy}, seed ${seed}`),
      '',
    );
  }

  member({ title, url, pid }: StackMember): void {
    const { paint } = this.#voice;
    this.#voice.say(`${title.padEnd(17)} ${url.padEnd(24)} ${paint('dim', `pid ${pid}`)}`);
  }

  event(event: ScenarioEvent): void {
    this.#voice.say(`${'·'.padStart(6)} ${eventText(event)}`);
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
    const title = this.#voice.paint('bold', name.padEnd(10));
    this.#voice.say(`${title}  ${parts.filter(Boolean).join('; ')}`);
  }

  checks(checks: readonly Check[]): void {
    this.#voice.say('', this.#voice.paint('bold', 'checks'));
    this.#voice.checks(checks);
  }

  keptUp(workDir: string): void {
    this.#voice.say('', `Everything stays up; logs in ${workDir}. Ctrl-C ends it.`);
  }

  verdict({ checks, outcome, workDir, isKept, durationMs }: ScenarioSummary): void {
    const { paint } = this.#voice;
    this.#voice.say('', isKept ? `logs kept in ${workDir}` : paint('dim', 'logs removed'));
    this.#voice.verdict(outcome, checks, [formatDuration(durationMs)]);
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
