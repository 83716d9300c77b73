import { CLUSTER_RULES } from './rules/clusters.ts';
import { FILTER_RULES } from './rules/filters.ts';
import { LISTENER_RULES } from './rules/listeners.ts';
import { READING_RULES } from './rules/reading.ts';
import type { Rule } from './rules/rule.ts';
import { TEMPLATE_RULES } from './rules/template.ts';

/** Every rule a config file is held against, with what breaking it does and how to mend it. */
export const RULES = {
  ...READING_RULES,
  ...LISTENER_RULES,
  ...FILTER_RULES,
  ...CLUSTER_RULES,
  ...TEMPLATE_RULES,
} as const satisfies Record<string, Rule>;

export type RuleId = keyof typeof RULES;
