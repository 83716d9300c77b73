import { printable } from '../base/printable.ts';
import { pathToFileURL } from 'node:url';
import { VERSION } from '../base/version.ts';
import { type ConfigIssue } from './issue.ts';
import { formatPlace } from '../schema/node.ts';
import { RULES, type RuleId } from './rules.ts';
import type { IssueSeverity, Rule } from './rules/rule.ts';

/** What was found in one file. */
export interface FileIssues {
  file: string;
  issues: readonly ConfigIssue[];
}

export function countIssues(issues: readonly ConfigIssue[], severity: IssueSeverity): number {
  return issues.filter((issue) => issue.severity === severity).length;
}

/** Three lines per issue and one per file, for people. */
export function issuesAsText(files: readonly FileIssues[]): string {
  const lines = files.flatMap(({ file, issues }) => [
    ...issues.flatMap(issueLines),
    `${file}: ${summary(issues)}`,
  ]);
  return `${lines.map(printable).join('\n')}\n`;
}

function issueLines(issue: ConfigIssue): string[] {
  return [
    `${formatPlace(issue.place)} ${issue.severity} ${issue.rule}: ${issue.message}`,
    `    at runtime: ${issue.effect}`,
    `    → ${issue.remedy}`,
  ];
}

function summary(issues: readonly ConfigIssue[]): string {
  if (issues.length === 0) return 'clean';
  const parts = (['error', 'warning', 'info'] as const).map((severity) => {
    const count = countIssues(issues, severity);
    return `${count} ${severity}${count === 1 ? '' : 's'}`;
  });
  return parts.join(', ');
}

/** Plain values, one object per file, for `--json`. */
export function issuesAsJson(files: readonly FileIssues[]): object[] {
  return files.map(({ file, issues }) => ({
    file,
    errors: countIssues(issues, 'error'),
    warnings: countIssues(issues, 'warning'),
    infos: countIssues(issues, 'info'),
    issues: issues.map(({ place, ...issue }) => ({
      ...issue,
      line: place.line,
      column: place.column,
    })),
  }));
}

const SARIF_LEVELS = { error: 'error', warning: 'warning', info: 'note' } as const;

/** SARIF 2.1.0 (OASIS), as code-scanning services take it. */
export function issuesAsSarif(files: readonly FileIssues[]): object {
  const rules = Object.entries(RULES) as [RuleId, Rule][];
  const indexOf = new Map(rules.map(([id], index) => [id, index]));
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'kvcache', version: VERSION, rules: rules.map(sarifRule) } },
        columnKind: 'utf16CodeUnits',
        results: files.flatMap(({ issues }) =>
          issues.map((issue) => ({
            ruleId: issue.rule,
            ruleIndex: indexOf.get(issue.rule),
            level: SARIF_LEVELS[issue.severity],
            message: { text: `${issue.message} ${issue.effect} ${issue.remedy}` },
            locations: [sarifLocation(issue)],
          })),
        ),
      },
    ],
  };
}

function sarifRule([id, { summary, effect, remedy, severity }]: [RuleId, Rule]): object {
  return {
    id,
    shortDescription: { text: summary },
    fullDescription: { text: effect },
    help: { text: remedy },
    defaultConfiguration: { level: SARIF_LEVELS[severity] },
  };
}

function sarifLocation({ place, path }: ConfigIssue): object {
  const { file, line, column } = place;
  const isAbsolute = file.startsWith('/') || /^[A-Za-z]:[\\/]/.test(file);
  const uri = isAbsolute ? pathToFileURL(file).href : encodeURI(file.replaceAll('\\', '/'));
  return {
    physicalLocation: {
      artifactLocation: { uri },
      region: { startLine: line, startColumn: column },
    },
    ...(path !== '' && { logicalLocations: [{ fullyQualifiedName: path }] }),
  };
}
