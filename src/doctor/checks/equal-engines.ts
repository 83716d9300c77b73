import { type Finding, settled } from '../../base/outcome.ts';
import type { EngineProfile } from '../../target/engine-profile.ts';
import { type Probe } from '../probe.ts';

/** Routing is judged by comparing engines, so what differs between them gets into the result. */
export const equalEnginesProbe: Probe = {
  id: 'equal-engines',
  needs: 'engines',
  run({ profiles, targets }): Finding[] {
    if (profiles.length < 2) return [];
    const aspects: [string, (profile: EngineProfile) => unknown][] = [
      ['kind', ({ kind }) => kind.name],
      ['version', ({ version }) => version],
      ['loaded model', ({ models }) => models.value?.find((it) => it.id === targets.model)?.root],
      ['block size', ({ blockTokens }) => blockTokens],
      ['KV cache', ({ capacityTokens }) => capacityTokens],
      ['context', ({ maxModelLength }) => maxModelLength],
    ];
    const unequal = aspects.flatMap(([name, of]) => {
      const known = profiles.filter((it) => of(it) != null);
      if (new Set(known.map(of)).size < 2) return [];
      return [`${name}: ${known.map((it) => `${it.engine.id} ${String(of(it))}`).join(', ')}`];
    });
    const check = settled<Finding>({
      id: 'equal-engines',
      claim: 'All engines are set up alike.',
      severity: 'hint',
      outcome: unequal.length === 0 ? 'pass' : 'inconclusive',
      expected: `the same ${aspects.map(([name]) => name).join(', ')}`,
      actual: unequal.length === 0 ? 'no difference known' : unequal.join('; '),
      evidence: 'what the engines say of themselves',
      remedy:
        'Set them up alike, or expect differences between engines to show as differences of routing.',
    });
    return [check];
  },
};
