import { DEFAULT_PORTS } from '../../base/origin.ts';
import { healthProtocol } from '../assemble-cluster.ts';
import { each, type Finding, type LintCheck, type LintSubject } from './check.ts';
import { clustersOf, endpointsOf } from './walk.ts';

const DIALLED = { tcp: undefined, ...DEFAULT_PORTS } as const;

function pixiuDialsTheEngine({ file }: LintSubject): Finding[] {
  return clustersOf(file).flatMap((cluster): Finding[] => {
    const [check] = cluster.value.health_checks;
    const protocol = check && healthProtocol(check.protocol);
    const dialled = protocol && DIALLED[protocol];
    if (dialled === undefined) return [];
    const missed = endpointsOf(cluster).filter(
      ({ value: { socket_address: at } }) => at.domains.length === 0 && at.port !== dialled,
    );
    if (missed.length === 0) return [];
    const message = `Pixiu dials port ${dialled} of ${missed.length} engine(s) that listen elsewhere.`;
    const path = `${cluster.path}.health_checks[0].protocol`;
    return [{ rule: 'health-check-port', path, message }];
  });
}

export const healthChecks: readonly LintCheck[] = [
  each(
    'health-protocol',
    clustersOf,
    ({ health_checks: [check] }) =>
      check !== undefined &&
      !healthProtocol(check.protocol) && [
        ['.health_checks[0].protocol', `"${check.protocol}" is none of tcp, http, https.`],
      ],
  ),
  pixiuDialsTheEngine,
];
