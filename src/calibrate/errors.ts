import { errorsOf, target, usage } from '../base/errors.ts';

export const calibrateError = errorsOf({
  PROBE_UNANSWERED: target(
    'The engine does not answer the probes.',
    'See what it says above; --timeout bounds one answer.',
  ),
  PROMPT_LENGTH_UNKNOWN: target(
    'The engine does not say how many tokens a prompt has, without which nothing can be fitted.',
    'Calibrate an engine whose answers have `usage`, such as vLLM or SGLang.',
  ),
  SAMPLES_MIXED: usage(
    'The sample log has requests of several engines, and a profile is that of one.',
    'Name one of them with --served-by.',
  ),
  SAMPLES_FOREIGN: usage('The sample log has no request of the engine that was named.'),
});
