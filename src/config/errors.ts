import { errorsOf, usage } from '../base/errors.ts';

export const configError = errorsOf({
  CONFIG_INVALID: usage(
    'A gateway config breaks rules that are errors.',
    'Correct the lines named above; `kvcache config validate FILE` explains each rule.',
  ),
  FILE_EXISTS: usage(
    'The file is there already and was left alone.',
    'Name another file, or overwrite it with --force.',
  ),
  FILE_NOT_WRITTEN: usage(
    'A file cannot be written.',
    'Check that the folder exists and may be written to.',
  ),
  ROUTING_INVALID: usage(
    'A routing setting is none of `x-kvcache.routing`, or cannot have this value.',
    'docs/config-keys.md lists them.',
  ),
  TEMPLATE_INVALID: usage('A template names variables without values, or is no valid config.'),
  YAML_INVALID: usage('A file is not valid YAML.'),
});
