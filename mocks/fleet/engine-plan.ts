import type { ListenAddress } from '../../src/net/listen.ts';
import { parseZmqAddress } from '../engine/kv-events/zmq-address.ts';
import type { EngineSettings } from '../engine/wire/settings.ts';
import { vllmDialect } from '../engine/wire/vllm-version.ts';
import type { EngineProfile } from '../profiles/profile.ts';
import { readProfile } from './engine-profile.ts';
import { fleetInvalid, named } from './fleet-invalid.ts';
import { adapterProblem } from './names.ts';
import { type EngineSection, PORT_MAX } from './sections.ts';

export interface EnginePlan {
  port: number | undefined;
  profile: EngineProfile;
  settings: EngineSettings;
  hashSeed: number;
}

/** What a fleet says for all of its engines, and which one this is. */
export interface EngineDefaults {
  id: string;
  /** Of the entry, counted from 0. */
  copy: number;
  model: string;
  speedup: number;
  profiles: Readonly<Record<string, EngineProfile>>;
  env: Readonly<Record<string, string | undefined>>;
  /** Path of the entry. */
  where: string;
}

/** @throws KvcacheError as `readFleet` does */
export function planEngine(engine: EngineSection, defaults: EngineDefaults): EnginePlan {
  const { where, profiles, id } = defaults;
  const base = readProfile(engine.profile, profiles, `${where}.profile`);
  const speedup = base.speedup * (engine.speedup ?? 1) * defaults.speedup;
  // What is loaded, and the name it is served under: the same unless told otherwise, as in vLLM.
  const root = engine.model ?? defaults.model;
  const model = engine.servedModelName ?? root;
  const problem = adapterProblem(engine.loras, model);
  if (problem !== undefined) throw fleetInvalid(`${where}.loras${problem}`);
  return {
    port: portOf(engine, defaults),
    profile: { ...base, speedup },
    hashSeed: engine.hashSeed ?? 0,
    settings: {
      id,
      model,
      root,
      loras: engine.loras,
      maxModelLen: base.maxModelLen,
      dialect: named(`${where}.vllm`, () => vllmDialect(engine.vllm)),
      apiKey: apiKeyOf(engine, defaults),
      ...switchesOf(engine),
      kvEvents: kvEventsOf(engine, defaults),
    },
  };
}

function switchesOf(engine: EngineSection) {
  return {
    reportCachedTokens: engine.promptTokensDetails ?? true,
    tellServedBy: engine.servedBy ?? true,
    echoRequestId: engine.requestIdHeaders ?? false,
    takesTools: engine.autoToolChoice ?? false,
    isScaledOut: engine.scaleOut ?? false,
    forceIncludeUsage: engine.forceIncludeUsage ?? false,
    isDevMode: engine.devMode ?? true,
  };
}

/** Copies of one entry take the ports from the entry's on. */
function portOf({ port }: EngineSection, { copy, where }: EngineDefaults): number | undefined {
  if (!port) return port;
  if (port + copy <= PORT_MAX) return port + copy;
  throw fleetInvalid(`${where}.port leaves no ports for so many engines.`);
}

/** Each further engine of an entry publishes one port higher, as vLLM's data-parallel ranks do. */
function kvEventsOf(
  { kvEvents, kvEventsZmq, kvEventsReplay, kvEventsTopic }: EngineSection,
  { copy, where }: EngineDefaults,
): EngineSettings['kvEvents'] {
  const address = (text: string): ListenAddress => {
    const { host, port } = parseZmqAddress(text);
    if (port === 0) return { host, port };
    if (port + copy <= PORT_MAX) return { host, port: port + copy };
    throw fleetInvalid(`${where} has KV event addresses that leave no ports for so many engines.`);
  };
  if (kvEventsZmq !== undefined) {
    const replay = kvEventsReplay === undefined ? undefined : address(kvEventsReplay);
    return { zmq: { publish: address(kvEventsZmq), replay, topic: kvEventsTopic ?? '' } };
  }
  if (kvEventsReplay !== undefined || kvEventsTopic !== undefined) {
    throw fleetInvalid(`${where} has a kvEventsReplay or kvEventsTopic but no kvEventsZmq.`);
  }
  return kvEvents === true ? { zmq: undefined } : undefined;
}

function apiKeyOf(
  { apiKeyEnv: name }: EngineSection,
  { where, env }: EngineDefaults,
): string | undefined {
  if (name === undefined) return undefined;
  const key = env[name];
  if (key) return key;
  throw fleetInvalid(
    `${where}.apiKeyEnv: the variable ${name} is not set.`,
    'Set it to the API key the engine shall ask for, or name another.',
  );
}
