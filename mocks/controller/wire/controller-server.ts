import { messageOf } from '../../../src/base/errors.ts';
import { WireServer } from '../../http/wire-server.ts';
import { faultFor } from '../../faults/fault-book.ts';
import { faultEntry } from '../../faults/fault-journal.ts';
import type { FaultAction } from '../../faults/fault-rule.ts';
import { FAULTS, kindsAt } from '../../faults/kinds/index.ts';
import { strikeRequest } from '../../faults/request-fault.ts';
import type { AdminHandler } from '../../admin/admin.ts';
import { BODY_BYTES_MAX, type Exchange, exchangeOf, pathOf } from '../../http/exchange.ts';
import type { ControllerWire } from './controller-wire.ts';
import type { ControllerApi } from '../apis/api.ts';
import { type Answer, failure, notFound, sendAnswer } from '../../python/fastapi.ts';

const HEAD_TIMEOUT_MS = 10_000;

const CONTROLLER_FAULTS = kindsAt('request', 'lookup');

/** The HTTP server of a mock LMCache controller. Not yet listening. */
export function createControllerServer(
  wire: ControllerWire,
  api: ControllerApi,
  admin: AdminHandler,
): WireServer {
  return new WireServer({
    headTimeoutMs: HEAD_TIMEOUT_MS,
    bodyBytesMax: BODY_BYTES_MAX,
    serve: (request, reply) => {
      const { body: bytes } = request;
      if (bytes === 'too-large') return sendAnswer(reply, TOO_LARGE);
      const path = pathOf(request.target);
      const exchange = exchangeOf(request, { reply, path, bytes });
      if (path.startsWith('/__mock/')) void admin(exchange);
      else serve(wire, api, exchange);
    },
  });
}

const TOO_LARGE: Answer = { status: 413, body: { detail: 'Request Entity Too Large' } };

function serve(wire: ControllerWire, api: ControllerApi, exchange: Exchange): void {
  const fault = faultFor(wire.faults, exchange, { kinds: CONTROLLER_FAULTS, waiting: 0 });
  if (fault && 'refusal' in fault) {
    const atMs = wire.clock.wallMs();
    wire.journal.add(faultEntry(exchange, undefined, { atMs, status: 400 }));
    return sendAnswer(exchange.reply, { status: 400, body: { detail: fault.refusal } });
  }
  const proceed = (): void => {
    answer(wire, api, exchange, fault).catch((error: unknown) =>
      sendAnswer(exchange.reply, failure(messageOf(error))),
    );
  };
  if (!fault) return proceed();
  strikeRequest(fault, exchange, { ...wire, proceed });
}

async function answer(
  wire: ControllerWire,
  api: ControllerApi,
  exchange: Exchange,
  fault: FaultAction | undefined,
): Promise<void> {
  const { path, reply } = exchange;
  const atMs = wire.clock.wallMs();
  wire.calls.set(path, (wire.calls.get(path) ?? 0) + 1);
  let result: Answer;
  try {
    result = (await api.answer(wire, exchange)) ?? notFound;
    const lookup = fault && FAULTS[fault.kind].lookup;
    if (lookup) result = { ...result, body: lookup(fault.parameters, result.body) };
  } catch (error) {
    // What LMCache does with any exception of its own.
    result = { status: 500, body: { detail: (error as Error).message } };
  }
  wire.journal.add(faultEntry(exchange, fault, { atMs, status: result.status }));
  sendAnswer(reply, result);
}
