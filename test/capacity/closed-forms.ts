/** The rate at which something that rises with it reaches `bound`, below `most`. */
export function rateWhere(valueAt: (rate: number) => number, bound: number, most: number): number {
  let [low, high] = [0, most];
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2;
    if (valueAt(middle) < bound) low = middle;
    else high = middle;
  }
  return low;
}

/** Mean time in an M/G/1 queue, ms, by Pollaczek and Khinchine. */
export function meanInQueueMs(
  ratePerSecond: number,
  { meanMs, squareMs2 }: { meanMs: number; squareMs2: number },
): number {
  const perMs = ratePerSecond / 1_000;
  const load = perMs * meanMs;
  return load >= 1 ? Infinity : meanMs + (perMs * squareMs2) / (2 * (1 - load));
}

const STATES = 400;

/**
 * Share of requests that an M/D/k queue keeps longer than so many times their service. Whoever is there at some
 * moment and in service is gone a service time later, so the numbers in the system then form a chain; a request is
 * longer than m services in it where it finds m·k or more before it.
 * Source: Crommelin, "Delay Probability Formulae when the Holding Times are Constant" (1932).
 */
export function shareBeyond(
  ratePerSecond: number,
  { servers, serviceMs, times }: { servers: number; serviceMs: number; times: number },
): number {
  const arrivals = poisson((ratePerSecond * serviceMs) / 1_000);
  let state = new Float64Array(STATES);
  state[0] = 1;
  for (let round = 0; round < 3_000; round++) {
    const next = new Float64Array(STATES);
    state.forEach((share, count) => {
      const left = Math.max(0, count - servers);
      for (let more = 0; more < arrivals.length && left + more < STATES; more++) {
        next[left + more]! += share * arrivals[more]!;
      }
    });
    const moved = next.reduce((sum, it, at) => sum + Math.abs(it - state[at]!), 0);
    state = next;
    if (moved < 1e-10) break;
  }
  return 1 - state.slice(0, times * servers).reduce((sum, it) => sum + it, 0);
}

function poisson(mean: number): number[] {
  const shares = [Math.exp(-mean)];
  while (shares.length < mean || shares.at(-1)! > 1e-14) {
    shares.push((shares.at(-1)! * mean) / shares.length);
  }
  return shares;
}
