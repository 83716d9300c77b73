import { flagName } from '../../src/base/flag-name.ts';
import {
  choice,
  duration,
  flag,
  integer,
  optional,
  type ScalarSchema,
  text,
  type ValueOf,
} from '../../src/schema/describe.ts';
import { controllerSection, engineSection, fleetSection, idOf } from '../fleet/sections.ts';
import type { FlagLook, MockKind } from './mark.ts';

export type Dialect = 'real' | 'parity';

/** A flag of the mocks. */
export interface FlagRow extends FlagLook {
  schema: ScalarSchema<unknown>;
  /** The only one that has it. */
  dialect?: Dialect;
  /** The key of a fleet file that says the same. */
  sets?: { section: 'fleet' | 'controller' | 'engine'; key: string };
  /** May stand beside a fleet file although that could say the same. */
  beatsFile?: boolean;
}

const ALL: readonly MockKind[] = ['up', 'controller', 'engine'];
const SINGLE: readonly MockKind[] = ['controller', 'engine'];

/** More ports follow the base. */
const PORT_BASE_MAX = 65_000;

function row<S extends ScalarSchema<unknown>, R extends Omit<FlagRow, 'schema'>>(
  look: R,
  schema: S,
): R & { schema: ScalarSchema<ValueOf<S> | undefined> } {
  return { ...look, schema: optional(schema) as ScalarSchema<ValueOf<S> | undefined> };
}

/** Those that no key of a fleet file stands for. */
const OWN = {
  dialect: row(
    { value: '<name>', of: ALL },
    choice(
      'real: vLLM and LMCache; parity: the Pixiu sample (default: parity when a variable below is set, else real)',
      ['real', 'parity'],
      'real',
    ),
  ),
  portBase: row(
    { value: '<port>', of: ALL },
    integer('controller at this port, engines at the next; 0 takes free ones', 0, {
      max: PORT_BASE_MAX,
    }),
  ),
  faults: row(
    { value: '<file>', of: ALL, dialect: 'real' },
    text('YAML file of fault rules, read again when it changes'),
  ),
  clock: row(
    { value: '<kind>', of: ALL, dialect: 'real' },
    choice(
      'live, or virtual: time moves only by POST /__mock/clock/advance',
      ['live', 'virtual'],
      'live',
    ),
  ),
  json: row({ of: ALL }, flag('accepted for symmetry: the ready line is JSON anyway', false)),
  fleet: row(
    { value: '<file>', of: ['up'], dialect: 'real' },
    text('YAML file that describes controller, engines, profiles and faults, in place of flags'),
  ),
  addr: row({ value: '<host:port>', of: SINGLE }, text('listen address; port 0 takes a free one')),
  id: row(
    { value: '<id>', of: SINGLE },
    idOf("the mock's name in journals; an engine's instance id"),
  ),
  controller: row(
    { value: '<url>', of: ['engine'], dialect: 'real' },
    text('mock controller in another process to report to'),
  ),
};

/** Those of the sample's mocks alone. */
const PARITY = {
  role: row(
    { value: '<a|b>', of: ['engine'], dialect: 'parity' },
    choice("parity: which of the sample's engines; only a answers /tokenize", ['a', 'b'], 'a'),
  ),
  preferred: row(
    { value: '<id>', of: ['up', 'controller'], dialect: 'parity' },
    text('parity: instance every lookup favours'),
  ),
  delay: row(
    { value: '<duration>', of: ['up', 'engine'], dialect: 'parity' },
    duration('parity: pause before a chat answer (default: 150ms)', { ms: 150, shown: '150ms' }),
  ),
};

/** Their values. */
export type OwnFlags = ValuesOfRows<typeof OWN & typeof PARITY>;
type ValuesOfRows<R extends Record<string, { schema: ScalarSchema<unknown> }>> = {
  [Name in keyof R]?: ValueOf<R[Name]['schema']>;
};

/** Every flag, by its name in camel case. */
export const FLAG_ROWS: Readonly<Record<string, FlagRow>> = {
  ...OWN,
  ...markedRows(),
  ...PARITY,
};

function markedRows(): Record<string, FlagRow> {
  const rows: Record<string, FlagRow> = {};
  const sections = { fleet: fleetSection, engine: engineSection, controller: controllerSection };
  for (const section of ['fleet', 'engine', 'controller'] as const) {
    for (const [key, schema] of Object.entries(sections[section].fields)) {
      const { mockFlag: mark } = schema;
      if (mark === undefined) continue;
      const { name = key, reads = schema as ScalarSchema<unknown>, ...look } = mark;
      rows[name] = {
        of: ['up', 'engine'],
        dialect: 'real',
        ...look,
        schema: reads,
        sets: { section, key },
      };
    }
  }
  return rows;
}

/** As it is written: `--kv-events-zmq`, `--no-served-by`. */
export function writtenFlag(name: string): string {
  const flag = flagName(name);
  return FLAG_ROWS[name]?.isNegative ? flag.replace('--', '--no-') : flag;
}
