import { formatDuration } from '../base/duration.ts';
import type { ChatExchange } from '../net/chat-exchange.ts';
import type { RequestResult } from '../request/request.ts';
import type { MockStats } from '../stack/mock-stats.ts';
import { checkLines } from '../report/check-lines.ts';
import { outcomeWord } from '../report/paint.ts';
import type { CliContext, OutputStream } from './context.ts';
import type { OutputFlags } from './options.ts';
import type { Paint } from '../report/paint.ts';
import { painter } from './paint.ts';
import type { Sourced } from './value-source.ts';

/** Tells people how requests went: on stdout, or on stderr when stdout is for a machine. */
export class RequestNarrator {
  readonly #out: OutputStream;
  readonly #paint: Paint;
  readonly #flags: OutputFlags;

  constructor(flags: OutputFlags, context: CliContext) {
    this.#out = flags.json ? context.stderr : context.stdout;
    this.#paint = painter(this.#out, context.env, flags.color);
    this.#flags = flags;
  }

  target(settings: readonly ({ name: string } & Sourced)[]): void {
    if (!this.#flags.verbose) return;
    for (const { name, value, source } of settings) {
      this.#write(`${name.padEnd(6)} ${value} ${this.#paint('dim', `(${source})`)}`);
    }
  }

  exchange(exchange: ChatExchange, number: number): void {
    if (this.#flags.quiet) return;
    const facts = exchangeFacts(exchange).join(', ');
    this.#write(`${this.#paint('bold', `request ${number}`)}  ${facts}`, exchange.body.trim(), '');
  }

  result({ checks, stats, outcome }: RequestResult): void {
    if (stats && !this.#flags.quiet) this.#write(...statsLines(stats, this.#paint), '');
    for (const check of checks) {
      if (check.outcome === 'pass' && this.#flags.quiet) continue;
      this.#write(...checkLines(check, this.#paint, this.#flags.verbose === true));
    }
    const passCount = checks.filter((check) => check.outcome === 'pass').length;
    const verdict = outcomeWord(outcome, this.#paint);
    this.#write(`${verdict} ${passCount} of ${checks.length} checks hold`);
  }

  #write(...lines: string[]): void {
    this.#out.write(lines.map((line) => `${line}\n`).join(''));
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
