import type { RoutingEvidence } from '../result/result-evidence.ts';
import type { Jury } from './attribution.ts';
import type { HitSizes } from './counted-hits.ts';
import type { MeasuredSample } from './measured.ts';
import type { BlockCount } from './block-count.ts';

/** Everything that figures are made of. */
export interface ObservedRun {
  samples: readonly MeasuredSample[];
  counts: readonly BlockCount[];
  jury: Jury;
  sizes: HitSizes;
  /** Engines that a gateway can choose among; null when nobody says. */
  choices: number | null;
  routing: RoutingEvidence | null;
  /** TTFT saved per cached token on an idle engine; null when the controls could not tell. */
  msPerToken: number | null;
  /** What a failed request counts as. */
  timeoutMs: number;
}
