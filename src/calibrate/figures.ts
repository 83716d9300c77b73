import type { EngineProfile } from '../../mocks/profiles/profile.ts';
import { type Calibration, termsIn } from './calibration.ts';
import type { CalibrateFigures, TermFigure } from './result.ts';
import { TERMS } from './terms.ts';

/** More would make a report that nobody opens. */
const RESIDUALS_MAX = 5_000;

export interface Origin {
  source: string;
  engine: string | null;
  model: string | null;
  /** Requests that were seen, of whatever use. */
  requests: number;
  notes: string[];
}

/** What was found, or that nothing could be. */
export function figuresOf(
  calibration: Calibration | undefined,
  base: EngineProfile,
  { source, engine, model, requests, notes }: Origin,
): CalibrateFigures {
  const origin = { source, engine, model, base: base.name, notes };
  const terms = termFigures(calibration, base);
  if (!calibration) return { ...origin, terms, jitter: base.jitter, ...nothingOf(requests) };
  const { profile, errors, residuals, ranges, counts, heldOut } = calibration;
  return {
    ...origin,
    terms,
    jitter: profile.jitter,
    errors,
    residuals: residuals.slice(0, RESIDUALS_MAX),
    seen: ranges,
    counts,
    heldOut,
  };
}

function nothingOf(requests: number) {
  return {
    errors: [],
    residuals: [],
    seen: null,
    counts: { requests, firstTokens: 0, steps: 0, ends: 0, outliers: 0 },
    heldOut: 'nothing',
  };
}

function termFigures(calibration: Calibration | undefined, base: EngineProfile): TermFigure[] {
  const baseValues = termsIn(base);
  return TERMS.map(({ name, symbol, unit, needs }) => {
    const found = calibration?.terms.find((it) => it.name === name);
    return {
      name,
      symbol,
      unit,
      needs,
      value: found?.value ?? baseValues[name],
      interval: found?.interval ?? null,
      status: found?.status ?? 'unknown',
      given: [...(found?.given ?? [])],
      base: baseValues[name],
    };
  });
}
