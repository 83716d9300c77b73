import { type ConfigIssue } from '../config/issue.ts';
import { formatPlace } from '../schema/node.ts';
import { examineGatewayConfig } from '../config/load.ts';
import type { YamlSource } from '../config/yaml-source.ts';
import { type Finding, settled } from '../base/outcome.ts';

/** What the config's linter says, as findings. Errors stop a run: no gateway starts with them. */
export function configFindings(source: YamlSource): Finding[] {
  const { issues } = examineGatewayConfig(source);
  return issues.map(findingOf);
}

function findingOf(issue: ConfigIssue): Finding {
  const isError = issue.severity === 'error';
  return settled({
    id: `config/${issue.rule}`,
    claim: 'The gateway’s config means what it says.',
    severity: isError ? 'blocking' : 'hint',
    outcome: isError ? 'fail' : 'inconclusive',
    expected: 'no complaint',
    actual: issue.message,
    evidence: [formatPlace(issue.place), issue.effect],
    remedy: issue.remedy,
  });
}
