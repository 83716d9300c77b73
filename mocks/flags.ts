import { urlOf } from '../src/base/url.ts';
import { parseArgs } from 'node:util';
import { parseDuration } from '../src/base/duration.ts';
import { KvcacheError } from '../src/base/errors.ts';
import { idProblem } from './fleet/names.ts';
import {
  ENGINE_COUNT_RANGE,
  isInRange,
  type NumberRange,
  rangeText,
  SEED_RANGE,
  SPEEDUP_RANGE,
} from './number-range.ts';
import type { ParityFlags } from './parity/fleet.ts';
import type { RealFlags } from './real.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export type MockKind = 'controller' | 'engine' | 'up';

/** Flags as they were written; the same whether Node's own parser or the CLI's read them. */
export interface RawMockFlags {
  dialect?: string | undefined;
  addr?: string | undefined;
  id?: string | undefined;
  role?: string | undefined;
  preferred?: string | undefined;
  portBase?: string | undefined;
  delay?: string | undefined;
  engines?: string | undefined;
  profile?: string | undefined;
  seed?: string | undefined;
  speedup?: string | undefined;
  model?: string | undefined;
  fleet?: string | undefined;
  faults?: string | undefined;
  api?: string | undefined;
  lag?: string | undefined;
  holders?: string | undefined;
  vllm?: string | undefined;
  apiKeyEnv?: string | undefined;
  controller?: string | undefined;
  clock?: string | undefined;
  kvEvents?: boolean | undefined;
  kvEventsZmq?: string | undefined;
  kvEventsReplay?: string | undefined;
  kvEventsTopic?: string | undefined;
  servedBy?: boolean | undefined;
  cachedTokens?: boolean | undefined;
  autoToolChoice?: boolean | undefined;
}

export type MockRequest =
  | { kind: MockKind; dialect: 'parity'; flags: ParityFlags }
  | { kind: MockKind; dialect: 'real'; flags: RealFlags };

const TEXT_FLAGS =
  'dialect addr id role preferred port-base delay engines profile seed speedup model fleet faults api lag holders vllm api-key-env controller clock kv-events-zmq kv-events-replay kv-events-topic'.split(
    ' ',
  );
const BOOLEAN_FLAGS = ['kv-events', 'served-by', 'cached-tokens', 'auto-tool-choice'];

/**
 * The command line of a mock process: `controller|engine|up [--flags]`.
 * @throws KvcacheError MOCK_ARGUMENTS_INVALID (kind usage)
 */
export function parseMockArguments(args: readonly string[], env: Environment): MockRequest {
  const { values, positionals } = parse(args);
  const kind = oneOf(positionals[0], ['controller', 'engine', 'up'], 'The first argument');
  if (positionals.length > 1) throw invalid(`Unexpected argument "${positionals[1]}".`);
  const flags = Object.entries(values).map(([name, value]) => [camelCase(name), value]);
  return readMockFlags(kind, Object.fromEntries(flags) as RawMockFlags, env);
}

function parse(args: readonly string[]): { values: object; positionals: string[] } {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      allowNegative: true,
      options: Object.fromEntries([
        ...TEXT_FLAGS.map((name) => [name, { type: 'string' as const }]),
        ...BOOLEAN_FLAGS.map((name) => [name, { type: 'boolean' as const }]),
      ]),
    });
  } catch (error) {
    throw invalid((error as Error).message);
  }
}

/** @throws KvcacheError MOCK_ARGUMENTS_INVALID (kind usage) */
export function readMockFlags(kind: MockKind, raw: RawMockFlags, env: Environment): MockRequest {
  const dialect =
    raw.dialect === undefined
      ? impliedDialect(raw, env)
      : oneOf(raw.dialect, ['real', 'parity'], '--dialect');
  rejectForeign(raw, dialect);
  return dialect === 'parity'
    ? { kind, dialect, flags: parityFlags(raw) }
    : { kind, dialect, flags: realFlags(raw) };
}

type Dialect = 'real' | 'parity';

/**
 * Flags say which mock is meant; without any, the old sample's environment does, so that whoever
 * started its mocks by these variables gets what they know. Real wire otherwise.
 */
function impliedDialect(raw: RawMockFlags, env: Environment): Dialect {
  const homes = Object.keys(raw).map((name) => homeOf(raw, name));
  if (homes.includes('real')) return 'real';
  const isSample = SAMPLE_VARIABLES.some((name) => (env[name] ?? '').trim() !== '');
  return homes.includes('parity') || isSample ? 'parity' : 'real';
}

const SAMPLE_VARIABLES = [
  'LMCACHE_ADDR',
  'PREFERRED_ENDPOINT_ID',
  'LLM_A_ADDR',
  'LLM_A_ID',
  'LLM_B_ADDR',
  'LLM_B_ID',
  'MOCK_LLM_RESPONSE_DELAY_MS',
] as const;

const SHARED: readonly string[] = ['dialect', 'addr', 'id', 'portBase', 'json'];
const PARITY_ONLY: readonly string[] = ['role', 'preferred', 'delay'];

/** A flag of the other dialect would change nothing, and nobody would notice. */
function rejectForeign(raw: RawMockFlags, dialect: Dialect): void {
  for (const name of Object.keys(raw)) {
    const home = homeOf(raw, name);
    if (home !== undefined && home !== dialect) {
      throw invalid(`--${kebabCase(name)} belongs to --dialect ${home}.`);
    }
  }
}

/** The dialect a given flag belongs to; undefined when it was not given or serves both. */
function homeOf(raw: RawMockFlags, name: string): Dialect | undefined {
  const value = raw[name as keyof RawMockFlags];
  if (value === undefined || SHARED.includes(name)) return undefined;
  // A `--no-…` flag that was not given arrives as true.
  if (value === true && (name === 'servedBy' || name === 'cachedTokens')) return undefined;
  return PARITY_ONLY.includes(name) ? 'parity' : 'real';
}

function parityFlags(raw: RawMockFlags): ParityFlags {
  return {
    addr: raw.addr,
    id: raw.id,
    role: raw.role === undefined ? undefined : oneOf(raw.role, ['a', 'b'], '--role'),
    preferred: raw.preferred,
    portBase: number(raw.portBase, '--port-base', PORT),
    delayMs: duration(raw.delay, '--delay'),
  };
}

function realFlags(raw: RawMockFlags): RealFlags {
  rejectBesideFleet(raw);
  return {
    addr: raw.addr,
    id: checkedId(raw.id),
    portBase: number(raw.portBase, '--port-base', PORT),
    engines: number(raw.engines, '--engines', ENGINE_COUNT_RANGE),
    profile: raw.profile,
    seed: number(raw.seed, '--seed', SEED_RANGE),
    speedup: number(raw.speedup, '--speedup', SPEEDUP_RANGE),
    model: raw.model,
    fleetFile: raw.fleet,
    faultFile: raw.faults,
    api: raw.api,
    lagMs: duration(raw.lag, '--lag'),
    holders: raw.holders,
    vllm: raw.vllm,
    apiKeyEnv: raw.apiKeyEnv,
    controllerUrl: raw.controller === undefined ? undefined : httpUrl(raw.controller),
    isVirtual: oneOf(raw.clock ?? 'live', ['live', 'virtual'], '--clock') === 'virtual',
    kvEvents: raw.kvEvents,
    kvEventsZmq: raw.kvEventsZmq,
    kvEventsReplay: raw.kvEventsReplay,
    kvEventsTopic: raw.kvEventsTopic,
    servedBy: raw.servedBy,
    cachedTokens: raw.cachedTokens,
    autoToolChoice: raw.autoToolChoice,
  };
}

/** What a fleet file says of its controller and its engines, for each by itself. */
const IN_FLEET_FILE: readonly (keyof RawMockFlags)[] = [
  'engines',
  'profile',
  'model',
  'api',
  'lag',
  'holders',
  'vllm',
  'apiKeyEnv',
  'kvEvents',
  'kvEventsZmq',
  'kvEventsReplay',
  'kvEventsTopic',
  'servedBy',
  'cachedTokens',
  'autoToolChoice',
];

/** Whichever won, somebody would believe that the other did. */
function rejectBesideFleet(raw: RawMockFlags): void {
  if (raw.fleet === undefined) return;
  const given = IN_FLEET_FILE.find((name) => homeOf(raw, name) !== undefined);
  if (given === undefined) return;
  const flag = raw[given] === false ? `--no-${kebabCase(given)}` : `--${kebabCase(given)}`;
  throw invalid(`${flag} does not go with --fleet: the file says it.`);
}

/** More ports follow the base. */
const PORT: NumberRange = { min: 0, max: 65_000, isWhole: true };

function number(text: string | undefined, flag: string, range: NumberRange): number | undefined {
  if (text === undefined) return undefined;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (isInRange(value, range)) return value;
  throw invalid(`${flag} must be ${rangeText(range)}, not "${text}".`);
}

function checkedId(id: string | undefined): string | undefined {
  const problem = id === undefined ? undefined : idProblem(id, '--id');
  if (problem !== undefined) throw invalid(problem);
  return id;
}

function duration(text: string | undefined, flag: string): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms === undefined || ms < 0) throw invalid(`${flag} is no duration: "${text}".`);
  return ms;
}

function httpUrl(text: string): string {
  const isHttp = urlOf(text)?.protocol === 'http:';
  if (!isHttp) throw invalid('--controller must be an http URL.');
  return text.replace(/\/+$/, '');
}

function oneOf<const Name extends string>(
  text: string | undefined,
  names: readonly Name[],
  what: string,
): Name {
  const name = names.find((candidate) => candidate === text);
  if (name !== undefined) return name;
  const choice = `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
  throw invalid(`${what} must be ${choice}, not "${text ?? ''}".`);
}

function camelCase(name: string): string {
  return name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function kebabCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function invalid(message: string): KvcacheError {
  return new KvcacheError({
    kind: 'usage',
    code: 'MOCK_ARGUMENTS_INVALID',
    message,
    remedy: 'See kvcache mock --help.',
  });
}
