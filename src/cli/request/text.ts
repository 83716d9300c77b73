import { printable } from '../../base/printable.ts';
import { formatCount } from '../../base/figures.ts';
import { formatDuration } from '../../base/duration.ts';
import { present } from '../../base/lists.ts';
import { latencyMs, ttftMs } from '../../load/sample.ts';
import type { Answer } from '../../load/send.ts';
import { judgedLines } from '../../report/judged.ts';
import type { JudgedFact } from '../../report/judged-fact.ts';
import type { RequestResult } from './request.ts';
import type { MockStats } from '../../stack/mock-stats.ts';
import type { CliContext } from '../shell/context.ts';
import type { OutputFlags } from '../shell/options.ts';
import { Voice } from '../shell/voice.ts';

/** Tells people how requests went: on stdout, or on stderr when stdout is for a machine. */
export class RequestNarrator {
  readonly #voice: Voice;

  constructor(flags: OutputFlags, context: CliContext) {
    this.#voice = new Voice(flags, context, flags.json ? context.stderr : context.stdout);
  }

  target(facts: readonly JudgedFact[]): void {
    this.#voice.say(...judgedLines(facts, this.#voice.paint), '');
  }

  answer(answer: Answer, number: number): void {
    tellAnswer(answer, number, this.#voice);
  }

  result({ checks, stats, outcome }: RequestResult): void {
    if (stats) tellStats(stats, this.#voice);
    this.#voice.say('');
    this.#voice.checks(checks);
    this.#voice.verdict(outcome, checks);
  }
}

const COLUMNS = ['#', 'status', 'served by', 'cached', 'TTFT', 'whole', 'reason'] as const;
const WIDTHS = [3, 6, 16, 14, 8, 8, 0];

/** One request a row, as they come; what was answered only for who wants to see it. */
export function tellAnswer(answer: Answer, number: number, voice: Voice): void {
  const { paint } = voice;
  if (number === 1) voice.say(paint('dim', rowOf(COLUMNS)));
  voice.say(rowOf(answerCells(answer, number)));
  const { failure, problem } = answer.sample;
  if (failure !== undefined) voice.say(`    ${printable(problem ?? failure)}`);
  if (voice.isVerbose) voice.say(...bodyLines(answer).map((it) => `    ${it}`), '');
}

function rowOf(cells: readonly string[]): string {
  return cells
    .map((cell, at) => cell.padEnd(WIDTHS[at]!))
    .join('  ')
    .trimEnd();
}

/** What one answer tells; `–` is not known. */
function answerCells({ sample }: Answer, number: number): string[] {
  const { status, servedBy, reason } = sample;
  const firstMs = ttftMs(sample);
  const cells = [
    `${number}`,
    `${status}`,
    servedBy ?? '–',
    cachedText(sample),
    firstMs === undefined ? '–' : formatDuration(firstMs),
    formatDuration(latencyMs(sample)),
    reason ?? '–',
  ];
  return cells.map(printable);
}

function cachedText({ cachedTokens, promptTokens }: Answer['sample']): string {
  if (cachedTokens === undefined) return '–';
  const all = promptTokens === undefined ? '' : ` of ${formatCount(promptTokens)}`;
  return formatCount(cachedTokens) + all;
}

/** The three stats objects, as the mocks answered them. */
export function tellStats(stats: MockStats, voice: Voice): void {
  if (!voice.isVerbose) return;
  voice.say(
    '',
    voice.paint('bold', 'stats'),
    `controller  ${JSON.stringify(stats.controller)}`,
    `engine A    ${JSON.stringify(stats.engineA)}`,
    `engine B    ${JSON.stringify(stats.engineB)}`,
  );
}

/** What was answered, as it came. */
function bodyLines({ body }: Answer): string[] {
  return present(body.trim().split(/\r?\n/).map(printable));
}
