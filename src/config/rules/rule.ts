/** `error`: the gateway refuses the file. `warning`: it runs, but not as written. `info`: worth knowing. */
export type IssueSeverity = 'error' | 'warning' | 'info';

export interface Rule {
  severity: IssueSeverity;
  /** One line: what the rule is about. */
  summary: string;
  /** What happens at runtime. */
  effect: string;
  remedy: string;
}

export function rule(
  severity: IssueSeverity,
  summary: string,
  effect: string,
  remedy: string,
): Rule {
  return { severity, summary, effect, remedy };
}
