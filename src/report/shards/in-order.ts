import { TimerHeap } from '../../base/timer-heap.ts';
import type { Sample } from '../../load/sample.ts';

interface Head {
  atMs: number;
  order: number;
  sample: Sample;
}

/**
 * The samples of several logs in the order in which their requests ended, as one process would have written
 * them: how much values depend on each other is told by their order. Each log is in that order by itself.
 */
export async function* inOrder(streams: readonly AsyncGenerator<Sample>[]): AsyncGenerator<Sample> {
  const heap = new TimerHeap<Head>();
  const advance = async (order: number): Promise<void> => {
    const { value, done } = await streams[order]!.next();
    if (done !== true) heap.push({ atMs: value.endMs, order, sample: value });
  };
  for (const order of streams.keys()) await advance(order);
  for (let head = heap.peek(); head !== undefined; head = heap.peek()) {
    heap.pop();
    yield head.sample;
    await advance(head.order);
  }
}
