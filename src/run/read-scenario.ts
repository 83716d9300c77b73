import type { Environment } from '../base/environment.ts';
import { KvcacheError } from '../base/errors.ts';
import { examineGatewayConfig } from '../config/load.ts';
import { parseYamlSource, type YamlSource } from '../config/yaml-source.ts';
import type { WorkloadSpec } from '../load/workload.ts';
import { type FleetPlan, readFleetNode } from '../../mocks/fleet/fleet-plan.ts';
import type { Schema } from '../schema/describe.ts';
import { formatPlace, plainOf, type SourceNode } from '../schema/node.ts';
import { readStrict, type Refusal, whereIs } from '../schema/strict.ts';
import { fleetConfig, type FleetGatewaySettings } from '../stack/gateway-config.ts';
import type { CheckSpec, Scenario, ScenarioEvent, SendStep, Step } from './scenario.ts';
import {
  checkSchema,
  duringSchema,
  type EventKeys,
  eventSchema,
  type PromptSet,
  scenarioSchema,
  sendSchema,
} from './scenario-schema.ts';
import { runError } from './errors.ts';

type Plain = Readonly<Record<string, unknown>>;

/**
 * Reads one scenario file and checks all of it before anything is started.
 * @throws KvcacheError SCENARIO_INVALID (kind usage) with file:line:column
 */
export function readScenario(source: YamlSource, env: Environment): Scenario {
  const root = rootOf(source);
  const keys = readStrict(scenarioSchema, root, { whole: 'a scenario', invalid });
  const { engineIds, ...fleet } = readFleetSection(keys.fleet, whereIs(root, 'fleet'), env);
  const { 'x-kvcache': extension, ...own } = keys.gateway;
  const gateway = { ...own, extension };
  assertUsable(gateway, engineIds, whereIs(root, 'gateway'));
  const names = { prompts: Object.keys(keys.prompts), engines: engineIds };
  const steps = keys.drive.map((node, index) => readStep(node, `drive[${index}]`, names));
  const sends = steps
    .filter((step): step is SendStep => step.kind === 'send')
    .map(({ name }) => name);
  const checks = keys.expect.map((node, index) => readCheck(node, `expect[${index}]`, sends));
  refuseTwice(sends, 'steps send', whereIs(root, 'drive'));
  refuseTwice(
    checks.map(({ id }) => id),
    'checks are called',
    whereIs(root, 'expect'),
  );
  if (sends.length === 0) {
    throw invalid({ message: 'drive sends nothing.', where: whereIs(root, 'drive') });
  }
  const { name, title, demonstrates, outcome } = keys;
  const prompts = Object.fromEntries(
    Object.entries(keys.prompts).map(([set, spec]) => [set, workloadOf(spec)]),
  );
  return { ...fleet, name, title, demonstrates, outcome, gateway, prompts, steps, checks };
}

/** SCENARIO_INVALID (kind usage) at a place of the file. */
function invalid({ message, where, remedy }: Refusal & { remedy?: string }) {
  return runError('SCENARIO_INVALID', {
    message: `The scenario is not usable: ${message}`,
    where,
    remedy,
  });
}

function rootOf(source: YamlSource): SourceNode {
  const { root, issues } = parseYamlSource(source);
  const [slip] = issues;
  if (slip !== undefined) throw invalid({ ...slip, where: formatPlace(slip.place) });
  if (root !== undefined) return root;
  throw invalid({ message: 'the file is empty.', where: `${source.file}:1:1` });
}

function part<T>(schema: Schema<T>, node: SourceNode, path: string): T {
  return readStrict(schema, node, { whole: path, path, invalid });
}

function readFleetSection(
  node: SourceNode,
  where: string,
  env: Environment,
): { fleet: Plain; model: string; seed: number; engineIds: string[] } {
  const plan = readPlan(node, where, env);
  if (plan.controller === null) {
    throw invalid({ message: 'the fleet has no controller.', where });
  }
  const engineIds = plan.engines.map(({ settings }) => settings.id);
  const { model } = plan.engines[0]!.settings;
  return { fleet: plainOf(node) as Plain, model, seed: plan.seed, engineIds };
}

function readPlan(node: SourceNode, where: string, env: Environment): FleetPlan {
  try {
    return readFleetNode(node, env);
  } catch (error) {
    if (!(error instanceof KvcacheError)) throw error;
    const { message, remedy } = error;
    throw invalid({ message, where: error.where ?? where, remedy });
  }
}

/** The gateway's own reader judges the rendered config, so that a slip shows before anything starts. */
function assertUsable(
  settings: FleetGatewaySettings,
  engineIds: readonly string[],
  where: string,
): void {
  const text = fleetConfig(settings, {
    listenPort: 1,
    metricPort: 2,
    model: 'model',
    controllerUrl: 'http://127.0.0.1:3',
    engines: engineIds.map((id, index) => ({ id, url: `http://127.0.0.1:${index + 4}` })),
  });
  const { issues } = examineGatewayConfig({ text, file: 'gateway.yaml' });
  const first = issues.find(({ severity }) => severity === 'error');
  if (first === undefined) return;
  const { path, message, remedy } = first;
  throw invalid({ message: `gateway: ${path}: ${message}`, where, remedy });
}

function workloadOf(set: PromptSet): WorkloadSpec {
  if (set.kind !== 'texts') return set;
  const prompts = set.texts.map((text) => ({
    group: text,
    messages: [{ role: 'user' as const, content: text }],
  }));
  return { kind: 'prompts', repeat: true, prompts };
}

function readStep(
  node: SourceNode,
  path: string,
  { prompts, engines }: { prompts: readonly string[]; engines: readonly string[] },
): Step {
  if (node.kind === 'map' && node.entries.some(({ key }) => key === 'event')) {
    return { kind: 'event', event: eventOf(part(eventSchema(engines), node, path)) };
  }
  const { send: name, during, ...step } = part(sendSchema(prompts), node, path);
  const schema = duringSchema(engines, step.requests);
  return {
    kind: 'send',
    name,
    ...step,
    during: during.map((item, index) => {
      const event = part(schema, item, `${path}.during[${index}]`);
      return { afterRequests: event.after, event: eventOf(event) };
    }),
  };
}

function eventOf(keys: EventKeys): ScenarioEvent {
  switch (keys.event) {
    case 'engine-crash':
      return { kind: keys.event, engine: keys.engine, downMs: keys.down };
    case 'index':
      return { kind: keys.event, lagMs: keys.lag, isFrozen: keys.frozen };
    case 'wait':
      return { kind: keys.event, forMs: keys.for };
    default:
      return { kind: keys.event };
  }
}

/** A check without `steps` looks at every step. */
function readCheck(node: SourceNode, path: string, names: readonly string[]): CheckSpec {
  const keys = part(checkSchema(names), node, path);
  return {
    ...keys,
    steps: keys.steps ?? names,
    against: 'against' in keys ? keys.against : [],
    reasons: 'reasons' in keys ? keys.reasons : [],
    atLeast: keys.atLeast,
    atMost: keys.atMost,
  };
}

function refuseTwice(names: readonly string[], what: string, where: string): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalid({ message: `two ${what} "${twice}".`, where });
}
