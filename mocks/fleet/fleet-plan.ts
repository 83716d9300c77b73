import { KvcacheError } from '../../src/base/errors.ts';
import type { HolderPolicy } from '../controller/core/lookup.ts';
import { type LmcacheDialect, lmcacheDialect } from '../controller/wire/lmcache-version.ts';
import type { EngineSettings } from '../engine/wire/settings.ts';
import { vllmDialect } from '../engine/wire/vllm-version.ts';
import { type FaultRule, readFaultRules } from '../faults/fault-rule.ts';
import type { EngineProfile } from '../profiles/profile.ts';
import { isRecord, type JsonRecord, type Shape, shapeProblem } from '../shape.ts';
import { readProfile, readProfiles } from './engine-profile.ts';

/** APIs a mock controller can speak; `toy` is the sample's layout shape over a real index. */
const CONTROLLER_APIS = ['legacy', 'coordinator', 'toy'] as const;
export type ControllerApi = (typeof CONTROLLER_APIS)[number];

const HOLDER_POLICIES: readonly HolderPolicy[] = ['first-admitted', 'registry-order', 'all'];

export interface ControllerPlan {
  id: string;
  port: number | undefined;
  api: ControllerApi;
  /** Version of LMCache that the legacy API speaks as. */
  dialect: LmcacheDialect;
  /** From an engine's store or eviction to the controller's knowing it. */
  lagMs: number;
  holders: HolderPolicy;
  /** Stands for PYTHONHASHSEED beside the controller; unequal to an engine's, nothing is ever found. */
  hashSeed: number;
  chunkTokens: number;
}

export interface EnginePlan {
  port: number | undefined;
  profile: EngineProfile;
  settings: EngineSettings;
  hashSeed: number;
}

/** What a fleet consists of, all defaults resolved. */
export interface FleetPlan {
  seed: number;
  controller: ControllerPlan | null;
  engines: EnginePlan[];
  faults: FaultRule[];
}

type Environment = Readonly<Record<string, string | undefined>>;

const FLEET: Shape = {
  seed: 'number?',
  speedup: 'number?',
  model: 'string?',
  controller: 'any?',
  engines: 'list?',
  profiles: 'object?',
  faults: 'list?',
};

const CONTROLLER: Shape = {
  id: 'string?',
  port: 'number?',
  api: 'string?',
  lmcache: 'string?',
  lagMs: 'number?',
  holders: 'string?',
  hashSeed: 'number?',
  chunkTokens: 'number?',
};

const ENGINE: Shape = {
  id: 'string?',
  count: 'number?',
  port: 'number?',
  profile: 'any?',
  speedup: 'number?',
  model: 'string?',
  loras: 'list?',
  vllm: 'string?',
  apiKeyEnv: 'string?',
  promptTokensDetails: 'boolean?',
  servedBy: 'boolean?',
  requestIdHeaders: 'boolean?',
  forceIncludeUsage: 'boolean?',
  devMode: 'boolean?',
  kvEvents: 'boolean?',
  hashSeed: 'number?',
};

/**
 * Reads a fleet as a YAML file or a scenario's `fleet` section describes it.
 * @throws KvcacheError FLEET_INVALID, UNKNOWN_PROFILE, BAD_PROFILE, FAULT_RULE_INVALID,
 * VLLM_VERSION_UNKNOWN or LMCACHE_VERSION_UNKNOWN (kind usage)
 */
export function readFleet(value: unknown, env: Environment): FleetPlan {
  const fleet: FleetShape = record(value ?? {}, FLEET, 'fleet');
  const { seed = 1, speedup = 1, model = 'mock-model' } = fleet;
  const common = { model, speedup, profiles: readProfiles(fleet.profiles ?? {}), env };
  const engines: EnginePlan[] = [];
  for (const [index, entry] of (fleet.engines ?? [{ count: 2 }]).entries()) {
    const where = `engines[${index}]`;
    const engine: EngineShape = record(entry, ENGINE, where);
    const { count = 1 } = engine;
    for (let copy = 0; copy < count; copy++) {
      const id = engineId(engine.id, engines.length, count > 1);
      engines.push(readEngine(engine, { ...common, id, where }));
    }
  }
  assertUniqueIds(engines);
  return {
    seed,
    controller: fleet.controller === null ? null : readController(fleet.controller),
    engines,
    faults: readFaultRules(fleet.faults ?? [], 'faults'),
  };
}

/** `engine-a`, `engine-b`, …, after `engine-z` by number. */
function engineId(name: string | undefined, index: number, isNumbered: boolean): string {
  const letter = index < 26 ? String.fromCharCode(97 + index) : String(index + 1);
  if (name === undefined) return `engine-${letter}`;
  return isNumbered ? `${name}-${letter}` : name;
}

interface FleetShape {
  seed?: number;
  speedup?: number;
  model?: string;
  controller?: unknown;
  engines?: unknown[];
  profiles?: JsonRecord;
  faults?: unknown[];
}

interface EngineShape {
  id?: string;
  count?: number;
  port?: number;
  profile?: unknown;
  speedup?: number;
  model?: string;
  loras?: unknown[];
  vllm?: string;
  apiKeyEnv?: string;
  promptTokensDetails?: boolean;
  servedBy?: boolean;
  requestIdHeaders?: boolean;
  forceIncludeUsage?: boolean;
  devMode?: boolean;
  kvEvents?: boolean;
  hashSeed?: number;
}

interface ControllerShape extends Partial<Omit<ControllerPlan, 'api' | 'holders' | 'dialect'>> {
  api?: string;
  lmcache?: string;
  holders?: string;
}

interface EngineDefaults {
  id: string;
  model: string;
  speedup: number;
  profiles: Readonly<Record<string, EngineProfile>>;
  env: Environment;
  where: string;
}

function readEngine(engine: EngineShape, defaults: EngineDefaults): EnginePlan {
  const { where, profiles, id, env } = defaults;
  const base = readProfile(engine.profile ?? 'instant', profiles, `${where}.profile`);
  const speedup = (engine.speedup ?? 1) * defaults.speedup;
  if (!(speedup > 0)) throw invalid(`${where}.speedup must be greater than 0.`);
  const profile = { ...base, speedup: base.speedup * speedup };
  return {
    port: engine.port,
    profile,
    hashSeed: engine.hashSeed ?? 0,
    settings: {
      id,
      model: engine.model ?? defaults.model,
      loras: (engine.loras ?? []).map(String),
      maxModelLen: profile.maxModelLen,
      dialect: vllmDialect(engine.vllm),
      apiKey: engine.apiKeyEnv === undefined ? undefined : apiKey(engine.apiKeyEnv, env),
      reportCachedTokens: engine.promptTokensDetails !== false,
      tellServedBy: engine.servedBy !== false,
      echoRequestId: engine.requestIdHeaders === true,
      forceIncludeUsage: engine.forceIncludeUsage === true,
      isDevMode: engine.devMode !== false,
      hasKvEvents: engine.kvEvents === true,
    },
  };
}

function readController(value: unknown): ControllerPlan {
  const controller: ControllerShape = record(value ?? {}, CONTROLLER, 'controller');
  const { id = 'mock-controller', port, lagMs = 0, hashSeed = 0, chunkTokens = 256 } = controller;
  const api = CONTROLLER_APIS.find((name) => name === (controller.api ?? 'legacy'));
  if (!api) throw invalid(`controller.api must be one of ${CONTROLLER_APIS.join(', ')}.`);
  const holders = HOLDER_POLICIES.find((name) => name === (controller.holders ?? 'first-admitted'));
  if (!holders) throw invalid(`controller.holders must be one of ${HOLDER_POLICIES.join(', ')}.`);
  const dialect = lmcacheDialect(controller.lmcache);
  return { id, port, api, dialect, holders, lagMs, hashSeed, chunkTokens };
}

function apiKey(variable: string, env: Environment): string {
  const key = env[variable];
  if (key) return key;
  throw invalid(`The API key's variable ${variable} is not set.`);
}

function assertUniqueIds(engines: readonly EnginePlan[]): void {
  const ids = engines.map(({ settings }) => settings.id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw invalid(`Two engines are called "${twice}".`);
  if (engines.length === 0) throw invalid('engines must not be empty.');
}

function record(value: unknown, shape: Shape, where: string): JsonRecord {
  if (!isRecord(value)) throw invalid(`${where} must be an object.`);
  const problem = shapeProblem(value, shape, where);
  if (problem !== undefined) throw invalid(problem);
  return value;
}

function invalid(message: string): KvcacheError {
  return new KvcacheError({
    kind: 'usage',
    code: 'FLEET_INVALID',
    message,
    remedy: 'docs/mocks.md shows a fleet file with every key.',
  });
}
