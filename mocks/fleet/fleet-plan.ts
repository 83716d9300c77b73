import { KvcacheError, retold } from '../../src/base/errors.ts';
import type { ValueOf } from '../../src/schema/describe.ts';
import { plainNode, type SourceNode } from '../../src/schema/node.ts';
import { readStrict } from '../../src/schema/strict.ts';
import type { Dialect } from '../../src/protocol/lmcache.ts';
import type { HolderPolicy } from '../controller/core/lookup.ts';
import type { EventTransport } from '../controller/wire/controller-wire.ts';
import { type LmcacheDialect, lmcacheDialect } from '../controller/wire/lmcache-version.ts';
import { type FaultRule, readFaultRules } from '../faults/fault-rule.ts';
import { readProfiles } from './engine-profile.ts';
import { type EnginePlan, planEngine } from './engine-plan.ts';
import { fleetInvalid, named, placed } from './fleet-invalid.ts';
import {
  type controllerSection,
  type EngineSection,
  ENGINES_MAX,
  fleetSection,
} from './sections.ts';

export interface ControllerPlan {
  id: string;
  port: number | undefined;
  api: Dialect;
  /** Version of LMCache that the legacy API speaks as. */
  dialect: LmcacheDialect;
  /** From an engine's store or eviction to the controller's knowing it. */
  lagMs: number;
  holders: HolderPolicy;
  /** Stands for PYTHONHASHSEED beside the controller; unequal to an engine's, nothing is ever found. */
  hashSeed: number;
  chunkTokens: number;
  /** Ranks of every engine, each with objects of its own in a coordinator's directory. */
  worldSize: number;
  eventTransport: EventTransport;
}

/** What a fleet consists of, all defaults resolved. */
export interface FleetPlan {
  seed: number;
  controller: ControllerPlan | null;
  engines: EnginePlan[];
  faults: FaultRule[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Keys that are not the file's business alone. */
export interface FleetOverrides {
  seed?: number;
  speedup?: number;
}

/**
 * The plan that plain values describe, as a fleet file or a scenario's `fleet` section has them.
 * @throws KvcacheError FLEET_INVALID, UNKNOWN_PROFILE, BAD_PROFILE, FAULT_RULE_INVALID,
 * VLLM_VERSION_UNKNOWN, LMCACHE_VERSION_UNKNOWN or ZMQ_ADDRESS_INVALID (kind usage); its message
 * begins with the path of the key that is wrong
 */
export function readFleet(value: unknown, env: Environment): FleetPlan {
  try {
    return readFleetNode(plainNode(value ?? {}, ''), env);
  } catch (error) {
    if (!(error instanceof KvcacheError)) throw error;
    // A path in plain values says nothing that the message does not; a place in a profile's file does.
    const where = /:\d+:\d+$/.test(error.where ?? '') ? error.where : undefined;
    throw retold(error, { where, details: undefined });
  }
}

/**
 * The same of values that know where they stand.
 * @throws KvcacheError as `readFleet` does, with file:line:column
 */
export function readFleetNode(
  root: SourceNode,
  env: Environment,
  overrides: FleetOverrides = {},
): FleetPlan {
  return placed(root, () => {
    const isEmpty = root.kind === 'scalar' && root.isNull;
    const fleet = readStrict(fleetSection, isEmpty ? plainNode({}, '') : root, {
      whole: 'fleet',
      invalid: ({ message, where }) => retold(fleetInvalid(message), { where, cause: undefined }),
    });
    return planFleet({ ...fleet, ...overrides }, env);
  });
}

function planFleet(fleet: ValueOf<typeof fleetSection>, env: Environment): FleetPlan {
  const { seed = 1, speedup = 1, model = 'mock-model', faults } = fleet;
  const common = { model, speedup, profiles: readProfiles(fleet.profiles), env };
  const engines: EnginePlan[] = [];
  const sections: EngineSection[] = fleet.engines ?? [{ count: 2, loras: [] }];
  for (const [index, engine] of sections.entries()) {
    const where = `engines[${index}]`;
    const { count = 1 } = engine;
    for (let copy = 0; copy < count; copy++) {
      const id = engineId(engine.id, engines.length, count > 1);
      engines.push(planEngine(engine, { ...common, id, copy, where }));
    }
  }
  assertEngines(engines);
  return {
    seed,
    controller: fleet.controller === null ? null : planController(fleet.controller),
    engines,
    faults: faults ? readFaultRules(faults, 'faults') : [],
  };
}

/** `engine-a`, `engine-b`, …, after `engine-z` by number. */
function engineId(name: string | undefined, index: number, isNumbered: boolean): string {
  const letter = index < 26 ? String.fromCharCode(97 + index) : String(index + 1);
  if (name === undefined) return `engine-${letter}`;
  return isNumbered ? `${name}-${letter}` : name;
}

function planController(section: ValueOf<typeof controllerSection>): ControllerPlan {
  const dialect = named('controller.lmcache', () => lmcacheDialect(section.lmcache));
  return {
    id: section.id ?? 'mock-controller',
    port: section.port,
    api: section.api ?? 'legacy',
    dialect,
    lagMs: section.lagMs ?? 0,
    holders: section.holders ?? dialect.holders,
    hashSeed: section.hashSeed ?? 0,
    chunkTokens: section.chunkTokens ?? 256,
    worldSize: section.worldSize ?? 1,
    eventTransport: section.eventTransport ?? 'http',
  };
}

function assertEngines(engines: readonly EnginePlan[]): void {
  const ids = engines.map(({ settings }) => settings.id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw fleetInvalid(`engines: two are called "${twice}".`);
  if (engines.length > ENGINES_MAX) {
    throw fleetInvalid(`engines: ${engines.length} are more than ${ENGINES_MAX}.`);
  }
}
