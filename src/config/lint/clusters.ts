import { exactLbPolicy, lookalikeLbPolicy } from '../lb-policy.ts';
import type { Finding, LintCheck, LintSubject } from './lint.ts';
import { clustersOf, repeats } from './walk.ts';

function lbPolicyIsSpelledRight({ file }: LintSubject): Finding[] {
  return clustersOf(file).flatMap(({ value: { lb_policy: text }, path }): Finding[] => {
    if (exactLbPolicy(text)) return [];
    const at = `${path}.lb_policy`;
    const meant = lookalikeLbPolicy(text);
    if (!meant) {
      return [{ rule: 'lb-policy-unknown', path: at, message: `"${text}" is no policy.` }];
    }
    const message = `Pixiu takes "${text}" as Rand.`;
    return [{ rule: 'lb-policy-lookalike', path: at, message, remedy: `Write ${meant}.` }];
  });
}

const HASHING_IN_PIXIU = {
  RingHashing: { message: 'RingHashing sends every POST to one path to one engine.' },
  MaglevHashing: {
    message: 'MaglevHashing has a new seed for every request.',
    effect: 'Pixiu picks an engine at random for every request.',
  },
} as const;

function hashPolicySpreads({ config }: LintSubject): Finding[] {
  return config.clusters.flatMap((cluster, index): Finding[] => {
    if (cluster.lbPolicy !== 'RingHashing' && cluster.lbPolicy !== 'MaglevHashing') return [];
    if (cluster.endpoints.length < 2) return [];
    const path = `static_resources.clusters[${index}].lb_policy`;
    return [{ rule: 'hash-policy-one-engine', path, ...HASHING_IN_PIXIU[cluster.lbPolicy] }];
  });
}

function clusterNamesAreUnique({ file }: LintSubject): Finding[] {
  const named = clustersOf(file).filter(({ value }) => value.name !== '');
  return repeats(named, ({ value }) => value.name).map(({ item }) => ({
    rule: 'duplicate-cluster-name',
    path: `${item.path}.name`,
    message: `Another cluster is called ${item.value.name} too.`,
  }));
}

function clustersHaveEndpoints({ file }: LintSubject): Finding[] {
  return clustersOf(file)
    .filter(({ value }) => value.endpoints.length === 0)
    .map(({ value, path }) => ({
      rule: 'empty-cluster',
      path,
      message: `Cluster ${value.name} has no endpoints.`,
    }));
}

export const clusterChecks: readonly LintCheck[] = [
  lbPolicyIsSpelledRight,
  hashPolicySpreads,
  clusterNamesAreUnique,
  clustersHaveEndpoints,
];
