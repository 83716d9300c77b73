import { errorsOf, invalid, usage } from '../base/errors.ts';

export const reportError = errorsOf({
  BUNDLE_INVALID: usage(
    'A bundle is damaged, or was not written by kvcache.',
    'Hand over a bundle that kvcache wrote, unchanged.',
  ),
  MERGE_INCOMPLETE: usage(
    'Shards of a simulation or an analysis are missing.',
    'Name the reports of all shards, 0/n to n-1/n.',
  ),
  MERGE_MISMATCH: invalid(
    'The shards to be merged contradict themselves.',
    'A report was edited or cut; build it again from its sample log.',
  ),
  MERGE_TWICE: usage('The same run was given twice to be merged.', 'Name every shard once.'),
  MERGE_UNSUPPORTED: usage(
    'Only two or more reports of kvcache load, or the shards of a kvcache simulate or prompts analyze, can be merged.',
    'Verifications are compared (kvcache report compare), not merged.',
  ),
  NO_SAMPLES: usage(
    'The runs share no samples of what is to be compared.',
    'Choose another --metric or --arm.',
  ),
  REPORTER_INVALID: usage(
    '--reporter has a part that names no file.',
    'Write NAME for standard output or NAME=FILE.',
  ),
  REPORTER_UNKNOWN: usage('There is no such reporter.'),
  REPORT_INVALID: usage(
    'A report is not one that kvcache wrote.',
    'Hand over a report.json, a sample log or a bundle that kvcache wrote, unedited.',
  ),
  REPORT_UNWRITABLE: usage(
    'A report cannot be written.',
    'Name a file in a writable folder with free space.',
  ),
  RUNS_INCOMPARABLE: usage(
    'Two runs did not ask the same, so they cannot be compared.',
    'Repeat one of them with the settings of the other.',
  ),
});
