import { errorsOf, usage } from '../base/errors.ts';

export const watchError = errorsOf({
  BASELINE_INVALID: usage(
    'The file is no baseline of kvcache watch.',
    'Name a file that kvcache watch wrote, or one that is not there yet.',
  ),
});
