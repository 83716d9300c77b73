import type { KvcacheError } from '../base/errors.ts';
import { formatPlace, type Place } from '../schema/node.ts';
import { type RuleId, RULES } from './rules.ts';
import type { IssueSeverity } from './rules/rule.ts';
import { configError } from './errors.ts';

/** One thing wrong, or worth knowing, about a config file. Never contains a secret's value. */
export interface ConfigIssue {
  rule: RuleId;
  severity: IssueSeverity;
  /** What is written, in one sentence. */
  message: string;
  /** What happens at runtime because of it. */
  effect: string;
  remedy: string;
  /** Key path, list items by index: `static_resources.clusters[0].lb_policy`. */
  path: string;
  place: Place;
}

/** What a finding may say beyond its rule's standing text. */
export interface IssueText {
  message: string;
  severity?: IssueSeverity;
  effect?: string;
  remedy?: string;
}

export function makeIssue(
  rule: RuleId,
  at: { path: string; place: Place },
  text: IssueText,
): ConfigIssue {
  const { severity, effect, remedy } = RULES[rule];
  return { rule, severity, effect, remedy, ...text, path: at.path, place: at.place };
}

/** In file order; equal places keep the order they were found in. */
export function sortIssues(issues: readonly ConfigIssue[]): ConfigIssue[] {
  return [...issues].sort((a, b) => a.place.line - b.place.line || a.place.column - b.place.column);
}

/** The error that stops whoever wanted to use the file: every error-level issue is a detail. */
export function configInvalid(file: string, issues: readonly ConfigIssue[]): KvcacheError {
  const errors = issues.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  return configError('CONFIG_INVALID', {
    message:
      errors.length === 1
        ? `The config ${file} is not usable: ${first!.message}`
        : `The config ${file} has ${errors.length} errors.`,
    where: first && formatPlace(first.place),
    details: errors.map(
      ({ place, rule, message, remedy }) => `${formatPlace(place)} ${rule}: ${message} ${remedy}`,
    ),
  });
}
