import type { Clock } from '../../src/base/clock.ts';
import { createRandom, mixSeed } from '../../src/base/random.ts';
import type { Journal } from '../admin/journal.ts';
import type { Exchange } from '../http/exchange.ts';
import { faultEntry } from './fault-journal.ts';
import type { FaultAction, FaultKind } from './fault-rule.ts';

/** Faults that strike before any handler sees the request. */
export const REQUEST_FAULTS: ReadonlySet<FaultKind> = new Set<FaultKind>([
  'status',
  'delay',
  'hang',
  'resetBeforeHeaders',
]);

/** A client without a timeout of its own is let go after this long. */
const HANG_MS = 60_000;

export interface FaultSurroundings {
  clock: Clock;
  seed: number;
  /** Gets the request when its client leaves before it may go on. */
  journal: Journal;
  proceed: () => void;
}

/** Injects the fault; calls `proceed` when the request may go on afterwards. */
export function injectRequestFault(
  fault: FaultAction,
  exchange: Exchange,
  surroundings: FaultSurroundings,
): void {
  const { reply } = exchange;
  switch (fault.kind) {
    case 'status':
      answerStatus(fault, exchange);
      break;
    case 'delay':
      delay(fault, exchange, surroundings);
      break;
    case 'hang':
      reply.onGone(
        later(surroundings.clock, fault.ms ?? HANG_MS, () => exchange.reply.hangUp('fin')),
      );
      break;
    case 'resetBeforeHeaders':
      reply.hangUp('rst');
      break;
    default:
      surroundings.proceed();
  }
}

function delay(
  fault: Extract<FaultAction, { kind: 'delay' }>,
  exchange: Exchange,
  { clock, seed, journal, proceed }: FaultSurroundings,
): void {
  const { reply, key } = exchange;
  const atMs = clock.wallMs();
  const ms = fault.ms * jitter(fault.cv ?? 0, mixSeed(seed, 'delay', key));
  const cancel = later(clock, ms, () => {
    reply.onGone(undefined);
    proceed();
  });
  reply.onGone(() => {
    cancel();
    journal.add(faultEntry(exchange, fault, { atMs, status: null }));
  });
}

function later(clock: Clock, ms: number, run: () => void): () => void {
  return clock.at(clock.nowMs() + ms, run);
}

function answerStatus(
  { code, body, retryAfter }: Extract<FaultAction, { kind: 'status' }>,
  { reply }: Exchange,
): void {
  const told = body === undefined ? defaultBody(code) : body;
  const isText = typeof told === 'string';
  const fields = ['content-type', isText ? 'text/plain; charset=utf-8' : 'application/json'];
  if (retryAfter !== undefined) fields.push('retry-after', String(retryAfter));
  reply.send(code, fields, isText ? told : JSON.stringify(told));
}

function defaultBody(code: number): object {
  return { error: { message: 'Injected failure', type: 'InjectedFault', param: null, code } };
}

/** Mean-preserving lognormal factor, clamped to [0.3, 3]. */
function jitter(cv: number, seed: number): number {
  if (cv === 0) return 1;
  const variance = Math.log(1 + cv * cv);
  const factor = Math.exp(Math.sqrt(variance) * createRandom(seed).normal() - variance / 2);
  return Math.min(3, Math.max(0.3, factor));
}
