import { errorsOf, usage } from '../base/errors.ts';

export const simulateError = errorsOf({
  POLICY_UNKNOWN: usage('A policy to simulate has no such name.'),
  POLICY_MODULE_INVALID: usage(
    'A module with a policy cannot be loaded, exports none, or its policy failed.',
    'Export `policy`, an object with `decide(request, reading, tools)`, or `createPolicy`; docs/guides/simulate.md has an example.',
  ),
  EXTRAPOLATION_REFUSED: usage(
    'A simulation would leave what its profile was calibrated on.',
    'Calibrate with longer prompts or larger batches, or take the guess with --extrapolate.',
  ),
  FLEET_EVENT_INVALID: usage(
    'An event of the fleet cannot be read.',
    'Write TIME:ACTION=ENGINE, for example 60s:fail=engine-a,90s:recover=engine-a.',
  ),
});
