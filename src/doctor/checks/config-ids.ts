import { type Finding, settled } from '../../base/outcome.ts';
import type { GatewayConfig } from '../../config/gateway-config.ts';
import { type Probe, type ProbeContext } from '../probe.ts';
import { idSetting } from './instance-names.ts';
import { registeredIds } from './workers.ts';

/** Instance ids as the deployment has them. */
interface KnownIds {
  ids: readonly string[];
  source: string;
  /** Whether an engine that is not among them is not there. */
  isComplete: boolean;
}

/** A hint names an instance; a gateway follows it only if an endpoint of its config has that id. */
export const configIdsProbe: Probe = {
  id: 'config-ids',
  needs: 'config',
  async run(context): Promise<Finding[]> {
    const configured = idsOf(context.config!);
    const known = (await reportedIds(context)) ?? idsAsGiven(context);
    if (known.ids.length === 0) return [];
    const unconfigured = known.ids.filter((id) => !configured.includes(id));
    const unknown = known.isComplete ? configured.filter((id) => !known.ids.includes(id)) : [];
    const differences = [
      unconfigured.length > 0 &&
        `No endpoint is called ${unconfigured.join(', ')}, so hints that name it are dropped (unknown-instance).`,
      unknown.length > 0 &&
        `The controller does not know ${unknown.join(', ')}, so no hint ever names it.`,
    ].filter((it) => it !== false);
    const { controller } = await context.trials();
    const setting = idSetting(controller?.dialect.value);
    const check = settled<Finding>({
      id: 'config-ids',
      claim: 'The endpoint ids of the config are the instance ids of the engines.',
      // An endpoint that the controller does not know may belong to another cluster's engines.
      severity: known.source === GIVEN || unconfigured.length === 0 ? 'hint' : 'degrading',
      outcome: differences.length === 0 ? 'pass' : 'fail',
      expected: `${known.ids.join(', ')} (${known.source})`,
      actual: configured.join(', ') || 'no endpoints',
      evidence: 'static_resources.clusters.endpoints.ID against what is known of the deployment',
      remedy: `${differences.join(' ')} Rename the endpoints, or set ${setting} to the ids of the config.`,
    });
    return [check];
  },
};

const GIVEN = 'the engines as given';

/** From its list of workers, and from what it says of a prompt that was really sent. */
async function reportedIds(context: ProbeContext): Promise<KnownIds | undefined> {
  const { controller } = await context.trials();
  const held = controller?.lookup?.value?.holdings.map((it) => it.instanceId) ?? [];
  const registered = await registeredIds(context);
  const ids = [...new Set([...held, ...(registered ?? [])])];
  if (ids.length === 0) return undefined;
  return { ids, source: 'the controller', isComplete: registered !== undefined };
}

function idsAsGiven({ targets }: ProbeContext): KnownIds {
  return { ids: targets.engines.map(({ id }) => id), source: GIVEN, isComplete: false };
}

function idsOf({ clusters }: GatewayConfig): string[] {
  return [...new Set(clusters.flatMap(({ endpoints }) => endpoints.map(({ id }) => id)))];
}
