import { errorsOf, usage } from '../base/errors.ts';

export const capacityError = errorsOf({
  OBJECTIVE_INVALID: usage(
    'An objective cannot bound a load.',
    'Bound a percentile, a mean or the share of failures from above, with more than 0: ttft.p95 < 500ms, error_rate < 1%.',
  ),
});
