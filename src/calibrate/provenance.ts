import type { ProfileCalibration } from '../../mocks/profiles/profile.ts';
import type { Calibration } from './calibration.ts';
import type { CalibrateFigures } from './result.ts';

/** What a profile tells of where it comes from. */
export function calibrationOf(
  { terms, errors, ranges, counts, heldOut }: Calibration,
  { source, engine, model, base }: CalibrateFigures,
  by: Pick<ProfileCalibration, 'by' | 'date'>,
): ProfileCalibration {
  return {
    ...by,
    source,
    engine: engine ?? 'not known',
    model: model ?? 'not known',
    base,
    requests: counts.requests,
    heldOut,
    seen: ranges,
    terms: Object.fromEntries(
      terms.map(({ name, status, interval }) => [
        name,
        { status, ...(interval && { low: interval.low, high: interval.high }) },
      ]),
    ),
    holdOutError: Object.fromEntries(
      errors.filter(({ regime }) => regime === 'all').map(({ metric, mape }) => [metric, mape]),
    ),
  };
}
