import { describe, expect, it } from 'vitest';
import { composeFilters, type ExchangeFilter } from '../../src/gateway/chain.ts';
import type { Exchange } from '../../src/gateway/listener/exchange.ts';

const EXCHANGE = {} as Exchange;
const passOn: ExchangeFilter = (_exchange, next) => next();

describe('a chain of filters', () => {
  it('runs them in the order written, and back up', async () => {
    const trace: string[] = [];
    const traced =
      (name: string): ExchangeFilter =>
      async (_exchange, next) => {
        trace.push(`${name} in`);
        await next();
        trace.push(`${name} out`);
      };
    await composeFilters([traced('first'), traced('second')])(EXCHANGE);
    expect(trace).toEqual(['first in', 'second in', 'second out', 'first out']);
  });

  const throwing: ExchangeFilter = () => {
    throw new Error('at once');
  };
  it.each([
    ['alone', [throwing]],
    ['behind another', [passOn, throwing]],
  ])('a filter %s that throws at once has failed like one that rejects', async (_what, filters) => {
    await expect(composeFilters(filters)(EXCHANGE)).rejects.toThrow('at once');
  });

  it('lets no filter call next() twice', async () => {
    const twice: ExchangeFilter = async (_exchange, next) => {
      await next();
      await next();
    };
    await expect(composeFilters([twice, passOn])(EXCHANGE)).rejects.toThrow('twice');
  });
});
