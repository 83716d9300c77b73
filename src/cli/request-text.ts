import { formatDuration } from '../base/duration.ts';
import type { ChatExchange } from '../net/chat-exchange.ts';
import type { RequestResult } from '../request/request.ts';
import type { MockStats } from '../stack/mock-stats.ts';
import type { Paint } from '../report/paint.ts';
import type { CliContext } from './context.ts';
import type { OutputFlags } from './options.ts';
import type { Sourced } from './value-source.ts';
import { Voice } from './voice.ts';

/** Tells people how requests went: on stdout, or on stderr when stdout is for a machine. */
export class RequestNarrator {
  readonly #voice: Voice;
  readonly #isVerbose: boolean;

  constructor(flags: OutputFlags, context: CliContext) {
    this.#voice = new Voice(flags, context, flags.json ? context.stderr : context.stdout);
    this.#isVerbose = flags.verbose === true;
  }

  target(settings: readonly ({ name: string } & Sourced)[]): void {
    if (!this.#isVerbose) return;
    for (const { name, value, source } of settings) {
      this.#voice.insist(`${name.padEnd(6)} ${value} ${this.#voice.paint('dim', `(${source})`)}`);
    }
  }

  exchange(exchange: ChatExchange, number: number): void {
    const facts = exchangeFacts(exchange).join(', ');
    const title = this.#voice.paint('bold', `request ${number}`);
    this.#voice.say(`${title}  ${facts}`, exchange.body.trim(), '');
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

/** What one answer tells: status, who served it and says who, cached tokens, times. */
export function exchangeFacts(exchange: ChatExchange): string[] {
  const { servedBy, usage, routing, ttftMs } = exchange;
  const facts = [
    `HTTP ${exchange.status}`,
    servedBy ? `served by ${servedBy.endpoint} (${servedBy.source})` : 'served by unknown',
    `cached tokens ${usage.cachedTokens ?? 'unknown'}`,
  ];
  if (routing.reason !== undefined) facts.push(`reason ${routing.reason}`);
  if (ttftMs !== undefined) facts.push(`first token ${formatDuration(ttftMs)}`);
  facts.push(`in ${formatDuration(exchange.latencyMs)}`);
  return facts;
}
