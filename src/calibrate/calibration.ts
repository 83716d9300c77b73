import type { EngineProfile } from '../../mocks/profiles/profile.ts';
import type { Sample } from '../load/sample.ts';
import { type FittedTerm, judgeTerms } from './fit/judge-terms.ts';
import type { TermFit } from './fit/fit-terms.ts';
import type { TermValues } from './fit/weights.ts';
import { observationsOf, splitOf } from './observe/observe.ts';
import { type Ranges, rangesOf } from './observe/ranges.ts';
import { timelineOf } from './observe/timeline.ts';
import { errorsOf, holdOut, type RegimeError, type Residual } from './replay/hold-out.ts';
import { TERMS, type TermName } from './terms.ts';

/** What samples say of one engine. */
export interface Calibration {
  profile: EngineProfile;
  terms: FittedTerm[];
  errors: RegimeError[];
  residuals: Residual[];
  ranges: Ranges;
  counts: {
    requests: number;
    /** Equations of the fit by what they are about, and how many were left out as outliers. */
    firstTokens: number;
    steps: number;
    ends: number;
    outliers: number;
  };
  /** Which part was not fitted, for people. */
  heldOut: string;
}

/** Values of all terms in a profile, its speedup applied. */
export function termsIn(profile: EngineProfile): TermValues {
  const values = TERMS.map(({ name, valueIn }) => [name, valueIn(profile) / profile.speedup]);
  return Object.fromEntries(values) as TermValues;
}

/**
 * Fits the terms of the step model to one engine's samples, then predicts those it did not fit.
 * @param base what is not known is taken from it, and how a prefill is cut into steps
 * @returns undefined when nothing can be fitted
 */
export function calibrate(
  samples: readonly Sample[],
  base: EngineProfile,
): Calibration | undefined {
  const observations = observationsOf(samples, base);
  const { isHeldOut, rule } = splitOf(samples);
  const fitted = observations.filter((it) => !isHeldOut(it));
  const ranges = rangesOf(samples, observations);
  const judged = judgeTerms(fitted, termsIn(base));
  if (!judged || !ranges) return undefined;
  const { terms, fit } = judged;
  const profile = profileWith(base, fit, terms);
  const residuals = holdOut(timelineOf(samples), profile, ({ sample: { block, sentMs } }) =>
    isHeldOut({ block, atMs: sentMs }),
  );
  const count = (kind: (typeof fitted)[number]['kind']): number =>
    fitted.filter((it) => it.kind === kind).length;
  return {
    profile,
    terms,
    errors: errorsOf(residuals),
    residuals,
    ranges,
    counts: {
      requests: samples.length,
      firstTokens: count('first-token'),
      steps: count('step'),
      ends: count('end'),
      outliers: fit.outliers,
    },
    heldOut: rule,
  };
}

function profileWith(
  base: EngineProfile,
  { values, noise }: TermFit,
  terms: readonly FittedTerm[],
): EngineProfile {
  const isFitted = (name: TermName): boolean =>
    terms.some((it) => it.name === name && it.status !== 'unknown');
  const timing = Object.fromEntries(
    Object.keys(base.timing).map((name) => [name, values[name as keyof typeof base.timing]]),
  ) as EngineProfile['timing'];
  const { tier, kvBytesPerToken } = base;
  const bytesPerMs =
    isFitted('tierMsPerToken') && values.tierMsPerToken > 0
      ? kvBytesPerToken / values.tierMsPerToken
      : tier?.bytesPerMs;
  return {
    ...base,
    timing,
    jitter: {
      ttftCv: isFitted('prefillMsPerToken') ? noise.ttftCv : base.jitter.ttftCv,
      itlCv: isFitted('stepMs') ? noise.itlCv : base.jitter.itlCv,
    },
    tier: tier && { ...tier, loadFixedMs: values.tierFixedMs, bytesPerMs: bytesPerMs! },
    speedup: 1,
  };
}
