import { errorsOf, target, usage } from '../base/errors.ts';

export const runError = errorsOf({
  EVENT_FAILED: target(
    'A mock refused what the scenario asked of it.',
    'Check the event in the scenario file; docs/mocks.md lists what mocks can do.',
  ),
  SCENARIO_INVALID: usage('A scenario is not usable.', 'docs/scenarios.md describes every key.'),
  SCENARIO_UNKNOWN: usage('There is no such scenario.'),
});
