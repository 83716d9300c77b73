import { printable } from '../../base/printable.ts';
import { formatDuration } from '../../base/duration.ts';
import { latencyMs, ttftMs } from '../../load/sample.ts';
import type { Answer } from '../../load/send.ts';
import type { RequestResult } from './request.ts';
import type { MockStats } from '../../stack/mock-stats.ts';
import type { Paint } from '../../report/paint.ts';
import type { CliContext } from '../shell/context.ts';
import type { OutputFlags } from '../shell/options.ts';
import type { Sourced } from '../shell/value-source.ts';
import { Voice } from '../shell/voice.ts';

/** Tells people how requests went: on stdout, or on stderr when stdout is for a machine. */
export class RequestNarrator {
  readonly #voice: Voice;

  constructor(flags: OutputFlags, context: CliContext) {
    this.#voice = new Voice(flags, context, flags.json ? context.stderr : context.stdout);
  }

  target(settings: readonly ({ name: string } & Sourced)[]): void {
    if (!this.#voice.isVerbose) return;
    for (const { name, value, source } of settings) {
      this.#voice.insist(`${name.padEnd(6)} ${value} ${this.#voice.paint('dim', `(${source})`)}`);
    }
  }

  answer(answer: Answer, number: number): void {
    const facts = answerFacts(answer).join(', ');
    const title = this.#voice.paint('bold', `request ${number}`);
    this.#voice.say(`${title}  ${facts}`, ...bodyLines(answer), '');
  }

  result({ checks, stats, outcome }: RequestResult): void {
    if (stats) this.#voice.say(...statsLines(stats, this.#voice.paint), '');
    this.#voice.checks(checks);
    this.#voice.verdict(outcome, checks);
  }
}

/** The three stats objects, as the mocks answered them. */
export function statsLines(stats: MockStats, paint: Paint): string[] {
  return [
    paint('bold', 'stats'),
    `controller  ${JSON.stringify(stats.controller)}`,
    `engine A    ${JSON.stringify(stats.engineA)}`,
    `engine B    ${JSON.stringify(stats.engineB)}`,
  ];
}

/** What one answer tells: status, what is wrong, who served it and says who, cached tokens, times. */
export function answerFacts({ sample }: Pick<Answer, 'sample'>): string[] {
  const { servedBy, servedBySource, cachedTokens, reason, failure, problem } = sample;
  const facts = [
    `HTTP ${sample.status}`,
    servedBy === undefined ? 'served by unknown' : `served by ${servedBy} (${servedBySource})`,
    `cached tokens ${cachedTokens ?? 'unknown'}`,
  ];
  if (failure !== undefined && failure !== 'http') facts.push(`${failure}: ${problem}`);
  if (reason !== undefined) facts.push(`reason ${reason}`);
  const firstTokenMs = ttftMs(sample);
  if (firstTokenMs !== undefined) facts.push(`first token ${formatDuration(firstTokenMs)}`);
  facts.push(`in ${formatDuration(latencyMs(sample))}`);
  return facts.map(printable);
}

/** What was answered, as it came. */
export function bodyLines({ body }: Answer): string[] {
  return body.trim().split(/\r?\n/).map(printable);
}
