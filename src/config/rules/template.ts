import { type Rule, rule } from './rule.ts';

/** Rules about templates, before they are filled in. */
export const TEMPLATE_RULES = {
  'template-syntax': rule(
    'error',
    'Variables are written ${NAME}, ${NAME:-default} or ${NAME:?message}.',
    'The template cannot be filled in.',
    'Correct the variable; write $$ for a dollar sign.',
  ),
  'template-variable-unset': rule(
    'error',
    'Every variable without a default is set.',
    'The template cannot be filled in.',
    'Set the variable, or give it a default: ${NAME:-default}.',
  ),
  'unrendered-variable': rule(
    'warning',
    'A config is rendered before it is used.',
    'The variable itself is taken as the value.',
    'Fill the file in with `kvcache config render FILE -o conf.yaml` and use the result.',
  ),
  'template-value': rule(
    'error',
    'Values stay text inside the YAML file.',
    'The rendered file would mean something else than the template.',
    'Put the variable into single or double quotes, and keep line breaks and that quote out of the value.',
  ),
} as const satisfies Record<string, Rule>;
