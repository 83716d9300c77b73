import type { GatewayConfig } from '../gateway-config.ts';
import type { GatewayFile } from '../gateway-schema.ts';
import type { IssueText } from '../issue.ts';
import type { Places } from '../places.ts';
import type { RuleId } from '../rules.ts';

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
