import { errorsOf, usage } from '../base/errors.ts';

export const watchError = errorsOf({
  PROBE_INVALID: usage(
    'A part of --probe is no part of a probe.',
    'Write it as every=5m,requests=24,tokens=30k/h; what is left out is as here.',
  ),
  BASELINE_INVALID: usage(
    'The file is no baseline of kvcache watch.',
    'Name a file that kvcache watch wrote, or one that is not there yet.',
  ),
  HISTORY_INVALID: usage(
    'The file is no history of kvcache watch.',
    'Name a file that kvcache watch --history wrote, or one that is not there yet.',
  ),
});
