import type { Random } from '../../src/base/random.ts';

/** Latencies, or 0/1 outcomes, of requests in the order they start. */
export type Traffic = (n: number, random: Random) => Float64Array;

const SIGMA = 0.5;

const lognormal = (random: Random): number => Math.exp(SIGMA * random.normal());
const exponential = (random: Random): number => -Math.log(1 - random.next());

function independent(): Traffic {
  return (n, random) => Float64Array.from({ length: n }, () => 100 * lognormal(random));
}

/** First-order autoregressive ln latency. */
function autoregressive(rho: number): Traffic {
  return (n, random) => {
    let level = random.normal();
    return Float64Array.from({ length: n }, () => {
      level = rho * level + Math.sqrt(1 - rho * rho) * random.normal();
      return 100 * Math.exp(SIGMA * level);
    });
  };
}

/** Waiting plus service, first come first served, Poisson arrivals, lognormal service of mean 1. */
function queue(servers: number, load: number): Traffic {
  return (n, random) => {
    const free = new Float64Array(servers);
    const latencies = new Float64Array(n);
    let now = 0;
    // The queue is in its steady state before the first request that counts.
    for (let index = -3_000; index < n; index++) {
      now += exponential(random) / (load * servers);
      let first = 0;
      for (let server = 1; server < servers; server++) {
        if (free[server]! < free[first]!) first = server;
      }
      const end = Math.max(now, free[first]!) + lognormal(random) / Math.exp(SIGMA ** 2 / 2);
      free[first] = end;
      if (index >= 0) latencies[index] = 100 * (end - now);
    }
    return latencies;
  };
}

/** 40 requests in a row are slow by this factor; `share` of all requests lie in such a row. */
function bursts(share: number, factor: number): Traffic {
  const length = 40;
  const chance = share / length / (1 - share);
  return (n, random) => {
    let left = random.next() < share ? random.int(length) + 1 : 0;
    return Float64Array.from({ length: n }, () => {
      if (left === 0 && random.next() < chance) left = length;
      const slow = left > 0 ? factor : 1;
      left = Math.max(0, left - 1);
      return 100 * slow * lognormal(random);
    });
  };
}

/** In one block of 24 requests of five every request fails or misses. */
function failingBlocks(): Traffic {
  return (n, random) => {
    let isBad = false;
    return Float64Array.from({ length: n }, (_, index) => {
      if (index % 24 === 0) isBad = random.next() < 0.2;
      return Number(isBad);
    });
  };
}

function failing(share: number): Traffic {
  return (n, random) => Float64Array.from({ length: n }, () => Number(random.next() < share));
}

export const LATENCIES: Readonly<Record<string, Traffic>> = {
  independent: independent(),
  'AR(1) 0.8': autoregressive(0.8),
  'AR(1) 0.95': autoregressive(0.95),
  'M/G/1 50 %': queue(1, 0.5),
  'M/G/1 70 %': queue(1, 0.7),
  'M/G/1 90 %': queue(1, 0.9),
  'M/G/8 80 %': queue(8, 0.8),
  'bursts, a quarter': bursts(0.25, 4),
};

export const OUTCOMES: Readonly<Record<string, Traffic>> = {
  'independent 20 %': failing(0.2),
  'independent 2 %': failing(0.02),
  '20 % of blocks': failingBlocks(),
};
