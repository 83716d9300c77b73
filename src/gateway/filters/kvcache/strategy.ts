import type { CacheStrategyConfig } from '../../../config/gateway-config.ts';
import type { CacheOperation } from '../../../net/controller/driver.ts';

/** What the strategy looks at; loads are ratios 0..1, undefined = unknown. */
export interface StrategyInput {
  /** Sightings of the prompt within the hot window. */
  seenCount: number;
  load: number | undefined;
  memory: number | undefined;
  /** Instance that holds most of the prompt, for targets the config leaves open. */
  holder: { instanceId: string; location: string } | undefined;
}

/**
 * The cache operations one request calls for. Compression answers load, pinning answers heat,
 * eviction answers memory pressure. A threshold of 0 is off; an unknown load never acts.
 */
export function decideOperations(
  config: CacheStrategyConfig,
  input: StrategyInput,
): CacheOperation[] {
  const operations: CacheOperation[] = [];
  if (config.enableCompression && isOver(input.load, config.loadThreshold)) {
    const target = targetOf(config.compress, input.holder);
    const { method } = config.compress;
    if (target) operations.push({ name: 'compress', ...target, method });
  }
  if (config.enablePinning && isHot(input.seenCount, config.hotContentThreshold)) {
    const target = targetOf(config.pin, input.holder);
    if (target) operations.push({ name: 'pin', ...target });
  }
  if (config.enableEviction && isOver(input.memory, config.memoryThreshold)) {
    const instanceId = config.evict.instanceId || input.holder?.instanceId;
    if (instanceId) operations.push({ name: 'evict', instanceId });
  }
  return operations;
}

function isOver(value: number | undefined, threshold: number): boolean {
  return threshold > 0 && value !== undefined && value >= threshold;
}

function isHot(seenCount: number, threshold: number): boolean {
  return threshold > 0 && seenCount >= threshold;
}

function targetOf(
  configured: { instanceId: string; location: string },
  holder: StrategyInput['holder'],
): { instanceId: string; location: string } | undefined {
  const instanceId = configured.instanceId || holder?.instanceId;
  const location = configured.location || holder?.location;
  return instanceId && location ? { instanceId, location } : undefined;
}
