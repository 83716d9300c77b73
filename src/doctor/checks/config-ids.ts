import type { Finding } from '../../base/outcome.ts';
import type { GatewayConfig } from '../../config/gateway-config.ts';
import { type Probe, notPassed, passed } from '../probe.ts';
import { registeredIds } from './workers.ts';

/** A hint names an instance; a gateway follows it only if an endpoint of its config has that id. */
export const configIdsProbe: Probe = {
  id: 'config-ids',
  needs: 'config',
  async run(context): Promise<Finding[]> {
    const ids = idsOf(context.config!);
    const { targets } = context;
    const { controller } = await context.trials();
    const listed = controller?.lookup?.value?.holdings.map((it) => it.instanceId) ?? [];
    const reported = new Set([...listed, ...((await registeredIds(context)) ?? [])]);
    const source = reported.size > 0 ? 'the controller' : 'the engines as given';
    const expected = reported.size > 0 ? [...reported] : targets.engines.map(({ id }) => id);
    const missing = expected.filter((id) => !ids.includes(id));
    const draft = {
      claim: 'The endpoint ids of the config are the instance ids of the engines.',
      severity: reported.size > 0 ? 'degrading' : 'hint',
      expected: `${expected.join(', ')} (${source})`,
      actual: ids.join(', ') || 'no endpoints',
      evidence: 'static_resources.clusters.endpoints.id against what is known of the deployment',
    } as const;
    if (expected.length === 0) return [];
    if (missing.length === 0) return [passed('config-ids', draft)];
    return [
      notPassed('config-ids', 'fail', {
        ...draft,
        remedy: `No endpoint is called ${missing.join(', ')}, so hints that name it are dropped (unknown-instance). Rename the endpoints, or set lmcache_instance_id of the engines to the ids of the config.`,
      }),
    ];
  },
};

function idsOf({ clusters }: GatewayConfig): string[] {
  return [...new Set(clusters.flatMap(({ endpoints }) => endpoints.map(({ id }) => id)))];
}
