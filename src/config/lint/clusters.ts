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

function hashPolicySpreads({ config }: LintSubject): Finding[] {
  return config.clusters.flatMap((cluster, index): Finding[] => {
    const isHash = cluster.lbPolicy === 'RingHashing' || cluster.lbPolicy === 'MaglevHashing';
    if (!isHash || cluster.endpoints.length < 2) return [];
    const path = `static_resources.clusters[${index}].lb_policy`;
    const message = `${cluster.lbPolicy} sends every POST to one path to one engine.`;
    return [{ rule: 'hash-policy-one-engine', path, message }];
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
