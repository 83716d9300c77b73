import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createCluster } from '../../../src/gateway/balance/cluster.ts';
import { candidatesOf, contendersOf } from '../../../src/gateway/policies/candidates.ts';
import { chooseEndpoint } from '../../../src/gateway/policies/choose.ts';
import { gatewayConfig } from '../../helpers/gateway.ts';

const IDS = Array.from({ length: 12 }, (_, index) => `engine-${index}`);
const CONFIG = gatewayConfig({ endpoints: IDS.map((id, index) => ({ id, port: 1 + index })) });

it('contenders lead to the same choice as all candidates do', () => {
  const state = fc.record({ isHealthy: fc.boolean(), inFlight: fc.nat(4) });
  const holding = fc.record({
    instanceId: fc.constantFrom(...IDS, 'stranger'),
    location: fc.constant('ram'),
    matchedTokens: fc.nat(3).map((it) => it * 256),
  });
  const options = fc.record({
    minimumMatchTokens: fc.constantFrom(0, 1, 300),
    loadWeightTokens: fc.constantFrom(0, 64, 300),
    maxAffinityLoss: fc.constantFrom(0, 0.5, 1),
  });
  fc.assert(
    fc.property(
      fc.array(state, { minLength: IDS.length, maxLength: IDS.length }),
      fc.array(holding, { maxLength: 10 }),
      options,
      (states, holdings, rules) => {
        const cluster = createCluster(CONFIG.clusters[0]!);
        for (const [index, it] of states.entries()) Object.assign(cluster.endpoints[index]!, it);
        const all = chooseEndpoint(candidatesOf(cluster, holdings, 0), rules);
        expect(chooseEndpoint(contendersOf(cluster, holdings, 0), rules)).toEqual(all);
      },
    ),
    { numRuns: 1_000 },
  );
});
