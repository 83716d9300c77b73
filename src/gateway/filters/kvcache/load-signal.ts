import { availableParallelism, loadavg } from 'node:os';
import { getHeapStatistics } from 'node:v8';

/** Ratios 0..1; undefined = unknown. */
export interface LoadSignal {
  load: number | undefined;
  memory: number | undefined;
}

/** The gateway process's own heap use, and the machine's load per core. */
export function gatewayLoad(): LoadSignal {
  const heap = getHeapStatistics();
  return {
    load: Math.min(1, loadavg()[0]! / availableParallelism()),
    memory: heap.used_heap_size / heap.total_heap_size,
  };
}

/** What Pixiu compares with: its own heap, and a processor use that is always 0. */
export function strictLoad(): LoadSignal {
  return { load: 0, memory: gatewayLoad().memory };
}
