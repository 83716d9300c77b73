import type { ExchangeResult } from './context.ts';
import type { Exchange } from './exchange.ts';
import type { GatewayLogger } from '../runtime-services.ts';

/** Writes one `key=value` line per request. No query, no header, no body: they may hold secrets. */
export function logWhenFinished(exchange: Exchange, log: GatewayLogger): void {
  exchange.onFinished((result) => log('info', accessLine(exchange, result)));
}

function accessLine(exchange: Exchange, result: ExchangeResult): string {
  const { decision, startedMs } = exchange;
  const firstByte = result.firstByteMs === undefined ? undefined : result.firstByteMs - startedMs;
  const fields: [string, string | number | undefined][] = [
    ['id', exchange.id],
    ['method', exchange.method],
    ['path', exchange.path],
    ['status', result.isClientGone ? 499 : result.status],
    ['endpoint', result.endpointId],
    ['reason', decision?.reason],
    ['cause', decision?.cause],
    ['predicted_cached', decision?.predictedCachedTokens],
    ['cached', result.usage?.cachedTokens],
    ['prompt', result.usage?.promptTokens],
    ['attempts', result.attempts],
    ['first_byte_ms', firstByte?.toFixed(1)],
    ['ms', (result.finishedMs - startedMs).toFixed(1)],
  ];
  return `access ${fields.map(([name, value]) => `${name}=${plain(value)}`).join(' ')}`;
}

/** `-` is unknown. Anything that could break the line apart is quoted. */
function plain(value: string | number | undefined): string {
  if (value === undefined) return '-';
  const text = String(value);
  return /^[\w.:/+@%~-]+$/.test(text) ? text : JSON.stringify(text);
}
