import type { Exchange } from './listener/exchange.ts';

/** A filter with access to the connection; every `Filter` is one. */
export type ExchangeFilter = (exchange: Exchange, next: () => Promise<void>) => Promise<void>;

/**
 * Filters in written order as one function. The last one's `next` does nothing.
 * Calling `next` twice rejects: a request cannot be answered twice.
 */
export function composeFilters(
  filters: readonly ExchangeFilter[],
): (exchange: Exchange) => Promise<void> {
  if (filters.length === 1) {
    const only = filters[0]!;
    return (exchange) => call(only, exchange, nothing);
  }
  return (exchange) => {
    let reached = -1;
    const run = (index: number): Promise<void> => {
      if (index <= reached) return Promise.reject(new Error('a filter called next() twice'));
      reached = index;
      const filter = filters[index];
      return filter ? call(filter, exchange, () => run(index + 1)) : Promise.resolve();
    };
    return run(0);
  };
}

/** A filter that throws at once has failed like one that rejects. */
function call(
  filter: ExchangeFilter,
  exchange: Exchange,
  next: () => Promise<void>,
): Promise<void> {
  try {
    return filter(exchange, next);
  } catch (error) {
    return Promise.reject(error);
  }
}

async function nothing(): Promise<void> {}
