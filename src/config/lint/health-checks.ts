import { healthProtocol } from '../assemble-cluster.ts';
import type { Finding, LintCheck, LintSubject } from './lint.ts';
import { clustersOf, endpointsOf } from './walk.ts';

function protocolIsKnown({ file }: LintSubject): Finding[] {
  return clustersOf(file).flatMap(({ value, path }): Finding[] => {
    const [check] = value.health_checks;
    if (!check || healthProtocol(check.protocol)) return [];
    const message = `"${check.protocol}" is none of tcp, http, https.`;
    return [{ rule: 'health-protocol', path: `${path}.health_checks[0].protocol`, message }];
  });
}

const DIALLED = { tcp: undefined, http: 80, https: 443 } as const;

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

export const healthChecks: readonly LintCheck[] = [protocolIsKnown, pixiuDialsTheEngine];
