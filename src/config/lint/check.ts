import type { GatewayConfig } from '../gateway-config.ts';
import type { GatewayFile } from '../gateway-schema.ts';
import type { IssueText } from '../issue.ts';
import type { Places } from '../places.ts';
import type { RuleId } from '../rules.ts';
import type { At } from './walk.ts';

/** What a check may look at: the file as written, what it means, and where things stand. */
export interface LintSubject {
  file: GatewayFile;
  config: GatewayConfig;
  places: Places;
}

export interface Finding extends IssueText {
  rule: RuleId;
  /** Key the finding is about, also when it is not written. */
  path: string;
}

export type LintCheck = (subject: LintSubject) => Finding[];

/** What is wrong with one item: the key below it that is meant, empty for the item itself, and why. */
type Slip = readonly [key: string, message: string];

/** The check of a rule that looks at one item after another. */
export function each<T>(
  rule: RuleId,
  itemsOf: (file: GatewayFile) => readonly At<T>[],
  slipsOf: (value: T, path: string, subject: LintSubject) => readonly Slip[] | false,
): LintCheck {
  return (subject) =>
    itemsOf(subject.file).flatMap(({ value, path }) =>
      (slipsOf(value, path, subject) || []).map(([key, message]) => ({
        rule,
        path: `${path}${key}`,
        message,
      })),
    );
}
