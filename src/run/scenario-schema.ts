import { policy } from '../config/extension-schema.ts';
import {
  anything,
  anyValue,
  checked,
  choice,
  duration,
  flag,
  integer,
  list,
  map,
  number,
  object,
  type ObjectSchema,
  optional,
  required,
  type ScalarSchema,
  type Schema,
  tagged,
  text,
  type ValueOf,
} from '../schema/describe.ts';
import { type Measure, MEASURES } from './scenario.ts';

/** What may stand in a scenario file; docs/scenarios.md tells more. */

const line = (doc: string): Schema<string> => required(text(doc, '', { isTrimmed: true }));
const count = (doc: string, max = 100_000): ScalarSchema<number> =>
  required(integer(doc, 1, { min: 1, max }));
const wait = (doc: string): ScalarSchema<number> => duration(doc, { ms: 0, shown: '' });

const prompts = tagged('A prompt set.', 'kind', {
  unique: object('No two alike.', { promptTokens: count('Length.') }),
  'shared-prefix': object('Beginnings in common.', {
    promptTokens: count('Length.'),
    sharedTokens: count('Length of the common beginning.'),
    groups: count('Different beginnings.'),
  }),
  chat: object('Conversations.', {
    turnTokens: count('Length of a turn.'),
    turns: count('Turns of a conversation.'),
    sessions: count('Conversations side by side.'),
  }),
  texts: object('As written.', { texts: required(list('The prompts.', text('A prompt.'))) }),
});
export type PromptSet = ValueOf<typeof prompts>;

/** The whole, but for what refers to names in it, which is read once they are known. */
export const scenarioSchema = object('A scenario.', {
  name: line('As its file is called.'),
  title: line('A few words.'),
  demonstrates: line('What it shows, one sentence.'),
  outcome: line('What must come out, one sentence.'),
  fleet: required(anything('As `kvcache mock up --fleet` reads it.')),
  gateway: object("What is not as usual, in the config's own keys.", {
    policy,
    endpoint: map('Added to llm_meta of every endpoint.', anyValue('')),
    filter: map('Added to the kvcache filter.', anyValue('')),
    'x-kvcache': map('Added to x-kvcache.', anyValue('')),
  }),
  prompts: required(
    checked(map('Prompt sets by name.', prompts), (sets) =>
      Object.keys(sets).length === 0 ? 'must name at least one prompt set.' : undefined,
    ),
  ),
  drive: required(list('What happens, in order.', required(anything('A step.')))),
  expect: required(list('What must hold then.', required(anything('A check.')), { min: 1 })),
});

/** @param engines ids that an event may name */
function eventVariants<const F extends Parameters<typeof object>[1]>(
  engines: readonly string[],
  more: F,
) {
  return tagged('Something that happens.', 'event', {
    'controller-down': object('', more),
    'controller-restart': object('', more),
    'engine-crash': object('', {
      ...more,
      engine: required(choice('Which one.', engines, '')),
      down: required(wait('How long it is away.')),
    }),
    'clear-caches': object('', more),
    index: object('', {
      ...more,
      lag: optional(wait('How far behind.')),
      frozen: optional(flag('Whether it learns no more.', false)),
    }),
    wait: object('', { ...more, for: required(wait('How long.')) }),
  });
}

export const eventSchema = (engines: readonly string[]) => eventVariants(engines, {});
export type EventKeys = ValueOf<ReturnType<typeof eventSchema>>;

/** @param requests of the step it happens during */
export const duringSchema = (engines: readonly string[], requests: number) =>
  eventVariants(engines, { after: count('Once so many requests were started.', requests) });

const REQUESTS_MAX = 10_000;

export const sendSchema = (promptSets: readonly string[]) =>
  object('Requests of one prompt set.', {
    send: line('Name of the step.'),
    prompts: required(choice('Which set.', promptSets, '')),
    requests: count('How many.', REQUESTS_MAX),
    concurrency: integer('In flight at once.', 1, { min: 1, max: 256 }),
    order: choice('Shuffled, no order can chime.', ['written', 'shuffled'], 'written'),
    maxTokens: integer('Output tokens to ask for.', 4, { min: 1, max: 4_096 }),
    during: list('What happens meanwhile.', required(anything('An event.'))),
  });

/** @param steps names of those that send */
export function checkSchema(steps: readonly string[]) {
  const names = list('Names of steps.', choice('A step that sends.', steps, ''));
  const bound = (doc: string): Schema<number | undefined> => optional(number(doc, 0, { min: 0 }));
  const common = {
    id: line('What reports call it.'),
    claim: line('One sentence.'),
    steps: optional(names),
    atLeast: bound('Lower bound.'),
    atMost: bound('Upper bound.'),
    remedy: line('What to do when it fails.'),
  };
  const ratio = object('', { ...common, against: required(names) });
  const reasons = required(list('Those that count.', text('A reason.')));
  const variants = {
    ...plainMeasures(object('', common)),
    'ttft-ratio': ratio,
    'reason-rate': object('', { ...common, reasons }),
  };
  return checked(tagged('A check.', 'measure', variants), ({ atLeast, atMost }) =>
    atLeast === undefined && atMost === undefined ? 'has neither atLeast nor atMost.' : undefined,
  );
}

type PlainMeasure = Exclude<Measure, 'ttft-ratio' | 'reason-rate'>;

function plainMeasures<T>(keys: ObjectSchema<T>): Record<PlainMeasure, ObjectSchema<T>> {
  const entries = MEASURES.map((name) => [name, keys] as const);
  return Object.fromEntries(entries) as Record<Measure, ObjectSchema<T>>;
}
