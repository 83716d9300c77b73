import { errorsOf, target, usage } from '../base/errors.ts';

export const superviseError = errorsOf({
  CHILD_DIED: target(
    'A process that we started ended while it was needed.',
    'Its last log lines above say why; the whole log is in the file named there.',
  ),
  CHILD_NOT_STARTED: target(
    'A process could not be started.',
    'Check the process limit (ulimit -u) and that the file is executable.',
  ),
  WORK_DIR_NOT_EMPTY: usage(
    'The work directory is not empty.',
    'Name an empty or a new directory, so that no earlier run is mixed up with this one.',
  ),
  WORK_DIR_UNUSABLE: usage(
    'The work directory cannot be made, or has no room.',
    'Name a directory you may write to, with free space, with --work-dir.',
  ),
});
