import { KvcacheError } from '../base/errors.ts';
import type { RoutingPolicy } from '../config/gateway-config.ts';
import { formatPlace, type Place } from '../schema/node.ts';
import { examineGatewayConfig } from '../config/load.ts';
import { placeNamedBy } from '../config/named-place.ts';
import { parsePlainYaml } from '../config/plain-yaml.ts';
import { parseYamlSource, type YamlSource } from '../config/yaml-source.ts';
import { readFleet } from '../../mocks/fleet/fleet-plan.ts';
import { fleetGatewayConfig, type FleetGatewaySettings } from '../stack/fleet-gateway-config.ts';
import { Fields, scenarioInvalid } from './fields.ts';
import { readChecks } from './read-checks.ts';
import { readPrompts } from './read-prompts.ts';
import { readSteps } from './read-steps.ts';
import type { Scenario, SendStep } from './scenario.ts';

type Environment = Readonly<Record<string, string | undefined>>;
type Plain = Readonly<Record<string, unknown>>;

/**
 * Reads one scenario file and checks all of it before anything is started.
 * @throws KvcacheError SCENARIO_INVALID (kind usage) with file:line:column
 */
export function readScenario(source: YamlSource, env: Environment): Scenario {
  const { root, issues } = parseYamlSource(source);
  const [slip] = issues;
  if (slip !== undefined) throw scenarioInvalid(slip.place, slip.message, slip.remedy);
  if (root === undefined) {
    throw scenarioInvalid({ file: source.file, line: 1, column: 1 }, 'the file is empty.');
  }
  const plain = parsePlainYaml(source.text, source.file) as Plain;
  const fields = new Fields(root, 'a scenario');
  const fleet = readFleetSection(fields, plain, env);
  const prompts = readPrompts(fields);
  const known = { prompts: Object.keys(prompts), engines: fleet.engineIds };
  const steps = readSteps(fields, known);
  const sends = steps.filter((step): step is SendStep => step.kind === 'send');
  const scenario: Scenario = {
    name: fields.text('name'),
    title: fields.text('title'),
    demonstrates: fields.text('demonstrates'),
    outcome: fields.text('outcome'),
    fleet: fleet.fleet,
    model: fleet.model,
    seed: fleet.seed,
    gateway: readGateway(fields, plain, fleet.engineIds),
    prompts,
    steps,
    checks: readChecks(fields, sends),
  };
  fields.close();
  return scenario;
}

function readFleetSection(
  fields: Fields,
  plain: Plain,
  env: Environment,
): { fleet: Plain; model: string; seed: number; engineIds: string[] } {
  const node = fields.required('fleet');
  const place = fields.placeOf('fleet');
  try {
    const plan = readFleet(plain['fleet'], env);
    if (plan.controller === null) throw scenarioInvalid(place, 'the fleet has no controller.');
    const engineIds = plan.engines.map(({ settings }) => settings.id);
    const { model } = plan.engines[0]!.settings;
    return { fleet: plain['fleet'] as Plain, model, seed: plan.seed, engineIds };
  } catch (error) {
    if (!(error instanceof KvcacheError) || error.where !== undefined) throw error;
    throw scenarioInvalid(
      placeNamedBy(error.message.replace(/^fleet\./, ''), node, place),
      error.message,
      error.remedy,
    );
  }
}

const POLICIES: readonly RoutingPolicy[] = [
  'lookup',
  'prefix',
  'least-load',
  'round-robin',
  'random',
  'consistent-hash',
];

function readGateway(
  fields: Fields,
  plain: Plain,
  engineIds: readonly string[],
): FleetGatewaySettings {
  const node = fields.node('gateway');
  if (node === undefined) return { policy: 'lookup', endpoint: {}, filter: {}, extension: {} };
  const own = new Fields(node, 'gateway');
  const section = (key: string): Plain => {
    if (own.node(key)?.kind === 'map') return (plain['gateway'] as Plain)[key] as Plain;
    if (own.node(key) === undefined) return {};
    throw scenarioInvalid(own.placeOf(key), `gateway.${key} must be a map.`);
  };
  const settings: FleetGatewaySettings = {
    policy: own.node('policy') === undefined ? 'lookup' : own.choice('policy', POLICIES),
    endpoint: section('endpoint'),
    filter: section('filter'),
    extension: section('x-kvcache'),
  };
  own.close();
  assertUsable(settings, engineIds, node.place);
  return settings;
}

/** The gateway's own reader judges the rendered config, so that a slip shows before anything starts. */
function assertUsable(
  settings: FleetGatewaySettings,
  engineIds: readonly string[],
  place: Place,
): void {
  const text = fleetGatewayConfig(settings, {
    listenPort: 1,
    metricPort: 2,
    model: 'model',
    controllerUrl: 'http://127.0.0.1:3',
    engines: engineIds.map((id, index) => ({ id, url: `http://127.0.0.1:${index + 4}` })),
  });
  const { issues } = examineGatewayConfig({ text, file: 'gateway.yaml' });
  const first = issues.find(({ severity }) => severity === 'error');
  if (first === undefined) return;
  throw new KvcacheError({
    kind: 'usage',
    code: 'SCENARIO_INVALID',
    message: `The scenario is not usable: gateway: ${first.path}: ${first.message}`,
    where: formatPlace(place),
    remedy: first.remedy,
  });
}
