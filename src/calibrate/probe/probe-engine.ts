import type { Sample } from '../../load/sample.ts';
import type { ProbeGroup } from './plan.ts';

/** Whom the probes are sent to. */
export interface ProbeEngine {
  /** All prompts of the group at once; resolves when all are answered. Marks are on one clock for all groups. */
  send(group: ProbeGroup): Promise<Sample[]>;
  /** Drops the device's cache but not the second tier's; false when the engine will not. */
  dropDeviceCache(): Promise<boolean>;
}
