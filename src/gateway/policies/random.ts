import { type Policy, steer } from './policy.ts';
import { availableOf } from './turns.ts';

/** Any available endpoint, each as likely; the gateway's seed draws. */
export const random: Policy = {
  decide({ cluster }, _reading, tools) {
    const available = availableOf(cluster, tools.nowMs());
    const drawn =
      available.length === 0 ? undefined : available[tools.random.int(available.length)];
    return steer('random', 'policy', drawn?.config.id);
  },
};
