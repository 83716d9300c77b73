import type { Clock } from '../../src/base/clock.ts';
import { createRandom, mixSeed } from '../../src/base/random.ts';
import type { Exchange } from '../http-exchange.ts';
import { breakConnection } from './break-connection.ts';
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

/** Injects the fault; calls `proceed` when the request may go on afterwards. */
export function injectRequestFault(
  fault: FaultAction,
  exchange: Exchange,
  { clock, seed, proceed }: { clock: Clock; seed: number; proceed: () => void },
): void {
  const { response } = exchange;
  const later = (ms: number, run: () => void): void => {
    const cancel = clock.at(clock.nowMs() + ms, run);
    response.once('close', cancel);
  };
  switch (fault.kind) {
    case 'status':
      answerStatus(fault, exchange);
      break;
    case 'delay':
      later(fault.ms * jitter(fault.cv ?? 0, mixSeed(seed, 'delay', exchange.key)), proceed);
      break;
    case 'hang':
      later(fault.ms ?? HANG_MS, () => breakConnection(response, 'fin'));
      break;
    case 'resetBeforeHeaders':
      breakConnection(response, 'rst');
      break;
    default:
      proceed();
  }
}

function answerStatus(
  fault: Extract<FaultAction, { kind: 'status' }>,
  { response }: Exchange,
): void {
  const { code, retryAfter } = fault;
  const body = fault.body === undefined ? defaultBody(code) : fault.body;
  const isText = typeof body === 'string';
  const text = isText ? body : JSON.stringify(body);
  if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter);
  response.writeHead(code, {
    'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json',
    // These end with their head.
    ...(code !== 204 && code !== 304 && { 'content-length': Buffer.byteLength(text) }),
  });
  response.end(text);
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
