import { KvcacheError } from '../../src/base/errors.ts';
import type { ListenAddress } from '../../src/net/listen.ts';
import { type ApiName, CONTROLLER_APIS } from '../controller/apis/names.ts';
import type { HolderPolicy } from '../controller/core/lookup.ts';
import { EVENT_TRANSPORTS, type EventTransport } from '../controller/wire/controller-wire.ts';
import { type LmcacheDialect, lmcacheDialect } from '../controller/wire/lmcache-version.ts';
import { parseZmqAddress } from '../engine/kv-events/zmq-address.ts';
import type { EngineSettings } from '../engine/wire/settings.ts';
import { vllmDialect } from '../engine/wire/vllm-version.ts';
import { type FaultRule, readFaultRules } from '../faults/fault-rule.ts';
import { ENGINE_COUNT_RANGE } from '../number-range.ts';
import type { EngineProfile } from '../profiles/profile.ts';
import { isRecord, type JsonRecord } from '../shape.ts';
import { readProfile, readProfiles } from './engine-profile.ts';
import { adapterProblem, idProblem, modelProblem } from './names.ts';
import {
  CONTROLLER_SECTION,
  ENGINE_SECTION,
  FLEET_SECTION,
  type Section,
  sectionProblem,
} from './sections.ts';

const HOLDER_POLICIES: readonly HolderPolicy[] = ['first-admitted', 'registry-order', 'all'];

export interface ControllerPlan {
  id: string;
  port: number | undefined;
  api: ApiName;
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

/**
 * Reads a fleet as a YAML file or a scenario's `fleet` section describes it.
 * @throws KvcacheError FLEET_INVALID, UNKNOWN_PROFILE, BAD_PROFILE, FAULT_RULE_INVALID,
 * VLLM_VERSION_UNKNOWN, LMCACHE_VERSION_UNKNOWN or ZMQ_ADDRESS_INVALID (kind usage)
 */
export function readFleet(value: unknown, env: Environment): FleetPlan {
  const fleet: FleetShape = record(value ?? {}, FLEET_SECTION, 'fleet');
  const { seed = 1, speedup = 1, model = 'mock-model' } = fleet;
  const common = { model, speedup, profiles: readProfiles(fleet.profiles ?? {}), env };
  const engines: EnginePlan[] = [];
  for (const [index, entry] of (fleet.engines ?? [{ count: 2 }]).entries()) {
    const where = `engines[${index}]`;
    const engine: EngineShape = record(entry, ENGINE_SECTION, where);
    const { count = 1 } = engine;
    for (let copy = 0; copy < count; copy++) {
      const id = engineId(engine.id, engines.length, count > 1);
      engines.push(readEngine(engine, { ...common, id, copy, where }));
    }
  }
  assertFleet(engines);
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
  servedModelName?: string;
  loras?: unknown[];
  vllm?: string;
  apiKeyEnv?: string;
  promptTokensDetails?: boolean;
  servedBy?: boolean;
  requestIdHeaders?: boolean;
  autoToolChoice?: boolean;
  forceIncludeUsage?: boolean;
  devMode?: boolean;
  kvEvents?: boolean;
  kvEventsZmq?: string;
  kvEventsReplay?: string;
  kvEventsTopic?: string;
  hashSeed?: number;
}

interface ControllerShape extends Partial<
  Omit<ControllerPlan, 'api' | 'holders' | 'dialect' | 'eventTransport'>
> {
  api?: string;
  lmcache?: string;
  holders?: string;
  eventTransport?: string;
}

interface EngineDefaults {
  id: string;
  /** Of the entry, counted from 0. */
  copy: number;
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
  const { root, model } = modelOf(engine, defaults);
  const loras = engine.loras ?? [];
  const problem = idProblem(id, `${where}.id`) ?? adapterProblem(loras, model, `${where}.loras`);
  if (problem !== undefined) throw invalid(problem);
  const profile = { ...base, speedup: base.speedup * speedup };
  return {
    port: portOf(engine, defaults),
    profile,
    hashSeed: engine.hashSeed ?? 0,
    settings: {
      id,
      model,
      root,
      loras: loras as string[],
      maxModelLen: profile.maxModelLen,
      dialect: at(`${where}.vllm`, () => vllmDialect(engine.vllm)),
      apiKey: engine.apiKeyEnv === undefined ? undefined : apiKey(engine.apiKeyEnv, where, env),
      reportCachedTokens: engine.promptTokensDetails !== false,
      tellServedBy: engine.servedBy !== false,
      echoRequestId: engine.requestIdHeaders === true,
      takesTools: engine.autoToolChoice === true,
      forceIncludeUsage: engine.forceIncludeUsage === true,
      isDevMode: engine.devMode !== false,
      kvEvents: readKvEvents(engine, defaults),
    },
  };
}

/** What the engine loads, and the name it serves that under: the same unless told otherwise, as in vLLM. */
function modelOf(
  engine: EngineShape,
  defaults: EngineDefaults,
): Pick<EngineSettings, 'root' | 'model'> {
  const { where } = defaults;
  const root = engine.model ?? defaults.model;
  const model = engine.servedModelName ?? root;
  const problem =
    modelProblem(root, engine.model === undefined ? 'model' : `${where}.model`) ??
    modelProblem(model, `${where}.servedModelName`);
  if (problem !== undefined) throw invalid(problem);
  return { root, model };
}

/** Copies of one entry take the ports from the entry's on. */
function portOf({ port }: EngineShape, { copy, where }: EngineDefaults): number | undefined {
  if (!port) return port;
  if (port + copy <= 65_535) return port + copy;
  throw invalid(`${where}.port leaves no ports for so many engines.`);
}

/** Each further engine of an entry publishes one port higher, as vLLM's data-parallel ranks do. */
function readKvEvents(
  { kvEvents, kvEventsZmq, kvEventsReplay, kvEventsTopic }: EngineShape,
  { copy, where }: EngineDefaults,
): EngineSettings['kvEvents'] {
  const address = (text: string): ListenAddress => {
    const { host, port } = parseZmqAddress(text);
    if (port === 0) return { host, port };
    if (port + copy <= 65_535) return { host, port: port + copy };
    throw invalid(`${where} has KV event addresses that leave no ports for so many engines.`);
  };
  if (kvEventsZmq !== undefined) {
    const replay = kvEventsReplay === undefined ? undefined : address(kvEventsReplay);
    return { zmq: { publish: address(kvEventsZmq), replay, topic: kvEventsTopic ?? '' } };
  }
  if (kvEventsReplay !== undefined || kvEventsTopic !== undefined) {
    throw invalid(`${where} has a kvEventsReplay or kvEventsTopic but no kvEventsZmq.`);
  }
  return kvEvents === true ? { zmq: undefined } : undefined;
}

function readController(value: unknown): ControllerPlan {
  const controller: ControllerShape = record(value ?? {}, CONTROLLER_SECTION, 'controller');
  const { id = 'mock-controller', port, lagMs = 0, hashSeed = 0, chunkTokens = 256 } = controller;
  const api = CONTROLLER_APIS.find((name) => name === (controller.api ?? 'legacy'));
  if (!api) throw invalid(`controller.api must be one of ${CONTROLLER_APIS.join(', ')}.`);
  const dialect = at('controller.lmcache', () => lmcacheDialect(controller.lmcache));
  const holders = HOLDER_POLICIES.find((name) => name === (controller.holders ?? dialect.holders));
  if (!holders) throw invalid(`controller.holders must be one of ${HOLDER_POLICIES.join(', ')}.`);
  const problem = idProblem(id, 'controller.id');
  if (problem !== undefined) throw invalid(problem);
  const { worldSize = 1, eventTransport: transport = 'http' } = controller;
  const eventTransport = EVENT_TRANSPORTS.find((name) => name === transport);
  if (!eventTransport) {
    throw invalid(`controller.eventTransport must be one of ${EVENT_TRANSPORTS.join(', ')}.`);
  }
  const common = { id, port, lagMs, hashSeed, chunkTokens, worldSize };
  return { ...common, api, dialect, holders, eventTransport };
}

function apiKey(variable: string, where: string, env: Environment): string {
  const key = env[variable];
  if (key) return key;
  throw invalid(
    `${where}.apiKeyEnv: the variable ${variable} is not set.`,
    'Set it to the API key the engine shall ask for, or name another.',
  );
}

function assertFleet(engines: readonly EnginePlan[]): void {
  const ids = engines.map(({ settings }) => settings.id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw invalid(`engines: two are called "${twice}".`);
  if (engines.length === 0) throw invalid('engines must not be empty.');
  const { max } = ENGINE_COUNT_RANGE;
  if (engines.length > max!) throw invalid(`engines: ${engines.length} are more than ${max}.`);
}

function record(value: unknown, section: Section, where: string): JsonRecord {
  if (!isRecord(value)) throw invalid(`${where} must be an object.`);
  const problem = sectionProblem(value, section, where);
  if (problem !== undefined) throw invalid(problem);
  return value;
}

/** Says which key of the file a reader of single values stumbled over. */
function at<T>(where: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof KvcacheError)) throw error;
    const { kind, code, remedy, message } = error;
    throw new KvcacheError({ kind, code, remedy, message: `${where}: ${message}`, cause: error });
  }
}

function invalid(
  message: string,
  remedy = 'docs/mocks.md shows a fleet file with every key.',
): KvcacheError {
  return new KvcacheError({ kind: 'usage', code: 'FLEET_INVALID', message, remedy });
}
