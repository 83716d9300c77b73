import { ttftMs } from '../../load/sample.ts';
import type { ArmId } from '../result/result-arms.ts';
import { answeredOf, type MeasuredSample, meanOf } from './measured.ts';

/** Mean TTFT of an arm's answers; null without any. */
export function meanTtft(samples: readonly MeasuredSample[], arm: ArmId): number | null {
  const times = answeredOf(samples, arm)
    .map((it) => ttftMs(it))
    .filter((it) => it !== undefined);
  return meanOf(times, (it) => it);
}
