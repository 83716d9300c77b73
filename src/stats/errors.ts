import { errorsOf, usage } from '../base/errors.ts';

export const statsError = errorsOf({
  THRESHOLD_INVALID: usage(
    'A threshold does not read METRIC OPERATOR BOUND.',
    'Write METRIC OPERATOR BOUND, for example "ttft.p95 < 200ms" or "error_rate <= 1%".',
  ),
});
