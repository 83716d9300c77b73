import { createRandom } from '../../src/base/random.ts';
import type { LoadedRequest } from '../../src/capacity/objective.ts';

/** Requests of a queue with Poisson arrivals, first come first served, from empty on; TTFT is wait and service. */
export function* queueOf(
  { ratePerSecond, servers, seed }: { ratePerSecond: number; servers: number; seed: number },
  serviceMs: (draw: number) => number,
): Generator<LoadedRequest> {
  const random = createRandom(seed);
  const freeMs = new Float64Array(servers);
  let atMs = 0;
  for (;;) {
    atMs -= (Math.log(1 - random.next()) * 1_000) / ratePerSecond;
    let first = 0;
    for (let it = 1; it < servers; it++) if (freeMs[it]! < freeMs[first]!) first = it;
    freeMs[first] = Math.max(atMs, freeMs[first]!) + serviceMs(random.next());
    const tookMs = freeMs[first]! - atMs;
    yield { atMs, isFailed: false, ttftMs: tookMs, latencyMs: tookMs, tpotMs: null };
  }
}

export function first<T>(count: number, items: Iterable<T>): T[] {
  const some: T[] = [];
  for (const item of items) if (some.push(item) === count) break;
  return some;
}
