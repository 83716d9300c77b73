import type { ExchangeResult } from '../listener/context.ts';
import type { Exchange } from '../listener/exchange.ts';
import type { FilterInstance, FilterServices } from './filter.ts';

/** Pixiu's token and duration counters, fed from the usage the engine reports. */
export function createTokenizer(
  config: { logToConsole: boolean },
  services: FilterServices,
): FilterInstance {
  const metrics = services.metrics.tokens;
  return {
    filter: (exchange, next) => {
      exchange.onFinished((result) => {
        metrics.record(exchange, result);
        if (config.logToConsole) services.log('info', usageLine(exchange, result));
      });
      return next();
    },
    close: async () => {},
  };
}

function usageLine(exchange: Exchange, { usage, endpointId }: ExchangeResult): string {
  const tokens = usage
    ? `prompt=${usage.promptTokens} completion=${usage.completionTokens}`
    : 'usage not reported';
  return `tokens ${exchange.id} endpoint=${endpointId ?? '-'} ${tokens}`;
}
