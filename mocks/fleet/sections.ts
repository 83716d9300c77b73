import {
  type AnySchema,
  anything,
  choice,
  duration,
  flag,
  integer,
  list,
  map,
  nullable,
  number,
  object,
  optional,
  type ScalarSchema,
  text,
  type ValueOf,
} from '../../src/schema/describe.ts';
import { alternatives } from '../../src/base/alternatives.ts';
import type { SourceNode } from '../../src/schema/node.ts';
import { CONTROLLER_DIALECTS } from '../../src/protocol/lmcache.ts';
import { HOLDER_POLICIES } from '../controller/core/lookup.ts';
import { EVENT_TRANSPORTS } from '../controller/wire/controller-wire.ts';
import { VLLM_VERSIONS } from '../engine/wire/vllm-version.ts';
import type { FlagMark } from '../flags/mark.ts';
import { builtinProfiles } from '../profiles/builtin.ts';
import { idProblem } from './names.ts';

/** What may stand in a fleet file. A key that has a flag of the mocks is marked with it: nothing else knows of it. */

export const PORT_MAX = 65_535;
/** Of a fleet. */
export const ENGINES_MAX = 1_024;

/** The same, absent unless given. */
function flagged<T>(mark: FlagMark, schema: ScalarSchema<T>): ScalarSchema<T | undefined> {
  return optional({ ...schema, mockFlag: mark });
}

function oneOf<const V extends string>(values: readonly V[], doc: string): ScalarSchema<V> {
  return choice(`${alternatives(values)} (default: ${doc})`, values, values[0]!);
}

export const idOf = (doc: string): ScalarSchema<string | undefined> =>
  optional(text(doc, '', { mayBeEmpty: true, check: idProblem }));
const port = optional(integer('Where it listens; 0 takes a free port.', 0, { max: PORT_MAX }));
const seedOf = (doc: string): ScalarSchema<number> => integer(doc, 1, { max: 0xffffffff });
const hashSeed = optional(seedOf('Stands for PYTHONHASHSEED.'));
const speedup = number('divides every modelled time (default: 1)', 1, { min: 1e-3, max: 1e6 });
const model = text('served model (default: mock-model)');
const lag = 'how late the controller learns what engines hold (default: 0)';

export const controllerSection = object('The controller.', {
  id: idOf("The controller's name in journals."),
  port,
  api: flagged({ value: '<name>', of: ['up', 'controller'] }, oneOf(CONTROLLER_DIALECTS, 'legacy')),
  lmcache: optional(text('Version of LMCache that it speaks as.')),
  lagMs: flagged(
    {
      name: 'lag',
      value: '<duration>',
      reads: duration(lag, { ms: 0, shown: '0' }),
      of: ['up', 'controller'],
    },
    number(lag, 0, { min: 0 }),
  ),
  holders: flagged(
    { value: '<policy>', of: ['up', 'controller'] },
    oneOf(HOLDER_POLICIES, 'that of the version'),
  ),
  hashSeed,
  chunkTokens: optional(integer('Tokens of a chunk.', 256, { min: 1 })),
  worldSize: optional(integer('Ranks of every engine.', 1, { min: 1, max: 255 })),
  eventTransport: optional(oneOf(EVENT_TRANSPORTS, 'http')),
});

const profileDoc = `${alternatives([...Object.keys(builtinProfiles), 'a file with one'])} (default: instant)`;
const profile: AnySchema<SourceNode | undefined> = {
  ...anything(profileDoc),
  mockFlag: {
    value: '<name>',
    reads: text(profileDoc, '', { suggested: Object.keys(builtinProfiles) }),
  },
};

export const engineSection = object('One or several engines.', {
  count: flagged(
    { name: 'engines', value: '<count>', of: ['up'] },
    integer('how many engines (default: 2)', 1, { min: 1, max: ENGINES_MAX }),
  ),
  id: idOf("The engine's instance id."),
  port,
  profile,
  speedup: optional(speedup),
  model: optional(model),
  servedModelName: optional(text('The name requests use; else the model.')),
  loras: list('Adapters served beside it.', text('Its name.')),
  vllm: flagged(
    { value: '<version>' },
    text(`speak as this vLLM: ${alternatives(VLLM_VERSIONS)} (default: ${VLLM_VERSIONS[0]})`, '', {
      suggested: VLLM_VERSIONS,
    }),
  ),
  apiKeyEnv: flagged({ value: '<variable>' }, text('variable that holds the API key /v1 asks for')),
  kvEvents: flagged({}, flag('publish KV events at /__mock/events', false)),
  kvEventsZmq: flagged(
    { value: '<address>' },
    text('publish them over ZeroMQ too, as vLLM does, for example at tcp://127.0.0.1:5557'),
  ),
  kvEventsReplay: flagged(
    { value: '<address>' },
    text('ZeroMQ address that replays missed KV events'),
  ),
  kvEventsTopic: flagged(
    { value: '<topic>' },
    text('their ZeroMQ topic; {id} and {model} stand for those of the engine', '', {
      mayBeEmpty: true,
    }),
  ),
  servedBy: flagged(
    { isNegative: true },
    flag('send no x-inference-pod and served_by, like a real engine', true),
  ),
  promptTokensDetails: flagged(
    { name: 'cachedTokens', isNegative: true },
    flag('leave cached_tokens out of usage, like an engine without the flag', true),
  ),
  autoToolChoice: flagged(
    {},
    flag('let chats offer tools, as with vLLM’s flag; none is ever called', false),
  ),
  scaleOut: flagged({}, flag('serve /v1/…/render, as with vLLM’s --enable-scale-out', false)),
  requestIdHeaders: optional(flag("vLLM's --enable-request-id-headers.", false)),
  forceIncludeUsage: optional(flag("vLLM's --enable-force-include-usage.", false)),
  devMode: optional(flag("vLLM's VLLM_SERVER_DEV_MODE.", true)),
  hashSeed,
});
export type EngineSection = ValueOf<typeof engineSection>;

export const fleetSection = object('A fleet.', {
  seed: flagged(
    { value: '<number>', beatsFile: true, of: ['up', 'controller', 'engine'] },
    seedOf('seed of everything random (default: 1)'),
  ),
  speedup: flagged({ value: '<factor>', beatsFile: true }, speedup),
  model: flagged({ value: '<name>' }, model),
  controller: nullable(controllerSection),
  engines: optional(list('Its engines; two unless told otherwise.', engineSection, { min: 1 })),
  profiles: map('Profiles of its own, by name.', anything('`{base, …changes}`.')),
  faults: optional(anything('Fault rules.')),
});
