import { attribute, type Jury } from './attribution.ts';
import type { MeasuredSample } from './measured.ts';

/** At the holder for certain, and nothing says that less than everything came from its cache. */
export function isFullHit(sample: MeasuredSample, jury: Jury): boolean {
  const { cachedTokens, experiment } = sample;
  const isWhole = cachedTokens === undefined || cachedTokens >= experiment.reusableTokens;
  return isWhole && attribute(sample, jury).isHit === true;
}
