import { distinctEndpoints } from '../../target/targets.ts';
import { type Probe, engineName, passed, notPassed } from '../probe.ts';

/** Routing among one address cannot be judged: every choice is the right one. */
export const addressesProbe: Probe = {
  id: 'distinct-engines',
  run({ targets: { engines } }) {
    const distinct = distinctEndpoints(engines);
    const draft = {
      claim: 'There are at least two engines, each at its own address.',
      severity: 'degrading',
      expected: '2 or more different addresses',
      actual: `${distinct} different among ${engines.length}`,
      evidence: engines.map(engineName).join(', '),
    } as const;
    if (distinct >= 2 && distinct === engines.length)
      return Promise.resolve([passed('distinct-engines', draft)]);
    return Promise.resolve([
      notPassed('distinct-engines', 'inconclusive', {
        ...draft,
        remedy:
          'Give every engine its own URL (--vllm twice, or ENGINE_ENDPOINT_B_HOST and _PORT). Until then routing cannot be judged: with one address every request hits by construction.',
      }),
    ]);
  },
};
