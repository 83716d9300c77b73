import type { Clock } from '../../src/base/clock.ts';
import { basicAuthorization, parseOrigin } from '../../src/base/origin.ts';
import type { Access } from '../../src/net/access.ts';
import type { ListenAddress } from '../../src/net/listen.ts';
import { UpstreamPool } from '../../src/net/pool/upstream-pool.ts';
import { isHopByHop } from '../../src/protocol/headers.ts';
import { Journal } from '../admin/journal.ts';
import { HttpSink } from '../engine/wire/answer-sink.ts';
import { FaultBook, faultFor } from '../faults/fault-book.ts';
import type { FaultAction, FaultRule } from '../faults/fault-rule.ts';
import { FAULTS, kindsAt } from '../faults/kinds/index.ts';
import { strikeRequest } from '../faults/request-fault.ts';
import { BODY_BYTES_MAX, type Exchange, exchangeOf, pathOf } from '../http/exchange.ts';
import { WireServer } from '../http/wire-server.ts';
import { type RunningMock, startMock } from '../running-mock.ts';
import { mockError } from '../errors.ts';
import { Passage } from './passage.ts';

export interface FaultProxyOptions {
  /** Base URL of the real engine, which errors call `--target`. */
  target: string;
  access: Access;
  id: string;
  listen: ListenAddress;
  faults: readonly FaultRule[];
  seed: number;
  clock: Clock;
}

export interface RunningFaultProxy extends RunningMock {
  faults: FaultBook;
}

const HEAD_TIMEOUT_MS = 10_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** What can be done to another server's requests and answers; the rest befalls an engine of our own. */
const PROXY_FAULTS = kindsAt('request', 'sink');

/** @throws KvcacheError FAULT_RULE_INVALID (kind usage) for one that would never strike here */
export function checkProxyRules(rules: readonly FaultRule[]): void {
  const inner = rules.find(({ action }) => !PROXY_FAULTS.has(action.kind));
  if (!inner) return;
  const kinds = [...PROXY_FAULTS].join(', ');
  throw mockError('FAULT_RULE_INVALID', {
    message: `The fault ${inner.action.kind} befalls a mock from within; a proxy can do ${kinds}.`,
  });
}

/**
 * A server that forwards all it is sent to a real engine, and does to it what the rules say.
 * @throws KvcacheError URL_INVALID (usage), and as `listen`
 */
export async function startFaultProxy(options: FaultProxyOptions): Promise<RunningFaultProxy> {
  const { id, listen, clock, seed } = options;
  const journal = new Journal(id);
  const faults = new FaultBook({ owner: id, seed, clock, journal });
  faults.replace(options.faults);
  const way = new Way(options);
  const server = new WireServer({
    headTimeoutMs: HEAD_TIMEOUT_MS,
    bodyBytesMax: BODY_BYTES_MAX,
    serve: (request, reply) => {
      const { body: bytes } = request;
      if (bytes === 'too-large') return reply.send(413, [], '');
      const exchange = exchangeOf(request, { reply, path: pathOf(request.target), bytes });
      const fault = faultFor(faults, exchange, { kinds: PROXY_FAULTS, waiting: 0 });
      if (fault && 'refusal' in fault) return reply.send(400, [], fault.refusal);
      const proceed = (): void => way.forward(exchange, fault);
      if (fault) strikeRequest(fault, exchange, { clock, seed, journal, proceed });
      else proceed();
    },
  });
  const mock = await startMock(server, { role: 'engine', id, listen, metricsPath: '/metrics' });
  return {
    ...mock,
    faults,
    close: async () => {
      await mock.close();
      await way.close();
    },
  };
}

/** The way to the real engine. */
class Way {
  readonly #pool: UpstreamPool;
  readonly #prefix: string;
  readonly #own: Readonly<Record<string, string>>;
  readonly #clock: Clock;

  constructor({ target, access, clock }: FaultProxyOptions) {
    const url = new URL(parseOrigin(target, '--target').url);
    const authorization = basicAuthorization(url);
    this.#clock = clock;
    this.#prefix = url.pathname.replace(/\/$/, '');
    this.#own = {
      host: url.host,
      ...(authorization !== undefined && { authorization }),
      ...access.headers,
    };
    this.#pool = new UpstreamPool(url.origin, {
      clock,
      connectionsMax: 0,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      resends: 'unseen',
      tls: access.tls,
    });
  }

  forward({ request, reply, bytes }: Exchange, fault: FaultAction | undefined): void {
    const sink = fault && FAULTS[fault.kind].sink;
    const answer = sink?.(fault!.parameters, new HttpSink(reply), { reply, clock: this.#clock });
    const passage = new Passage(reply, answer);
    const call = this.#pool.send(
      {
        method: request.method,
        path: this.#prefix + request.target,
        headers: this.#headersOf(request.fields, bytes.length),
        body: bytes.length > 0 ? bytes : undefined,
      },
      passage,
    );
    passage.resume = () => call.resume();
    reply.onGone(() => call.abort());
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }

  /** Nothing compressed: what is in an answer has to be seen to be broken. */
  #headersOf(fields: readonly string[], bodyBytes: number): string[] {
    const headers = Object.entries(this.#own).flat();
    for (let index = 0; index < fields.length; index += 2) {
      const name = fields[index]!;
      const isOurs = name === 'content-length' || name === 'accept-encoding' || name in this.#own;
      if (!isOurs && !isHopByHop(name)) headers.push(name, fields[index + 1]!);
    }
    if (bodyBytes > 0) headers.push('content-length', String(bodyBytes));
    return headers;
  }
}
