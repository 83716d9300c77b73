import { parseArgs } from 'node:util';
import { flagName } from '../../src/base/flag-name.ts';
import { type ScalarSchema } from '../../src/schema/describe.ts';
import { textNode } from '../../src/schema/node.ts';
import { readStrict } from '../../src/schema/strict.ts';
import type { MockKind } from './mark.ts';
import { type Dialect, FLAG_ROWS, writtenFlag, type FlagRow, type OwnFlags } from './rows.ts';
import { mockError } from '../errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Flags as they were written, by names in camel case; the same whether Node's own parser or the CLI's read them. */
export type RawMockFlags = Readonly<Record<string, string | boolean | undefined>>;

/** What flags say of a fleet, by the keys of a fleet file. */
export type FleetFlags = Readonly<
  Record<'fleet' | 'controller' | 'engine', Readonly<Record<string, unknown>>>
>;

export interface MockFlags extends OwnFlags {
  says: FleetFlags;
}

export interface MockRequest {
  kind: MockKind;
  dialect: Dialect;
  flags: MockFlags;
}

/**
 * The command line of a mock process: `controller|engine|up [--flags]`.
 * @throws KvcacheError MOCK_ARGUMENTS_INVALID (kind usage)
 */
export function parseMockArguments(args: readonly string[], env: Environment): MockRequest {
  const { values, positionals } = parse(args);
  const kind = KINDS.find((name) => name === positionals[0]);
  if (!kind) {
    const given = positionals[0] ?? '';
    throw invalid(`The first argument must be one of ${KINDS.join(', ')}, not "${given}".`);
  }
  if (positionals.length > 1) throw invalid(`Unexpected argument "${positionals[1]}".`);
  const flags = Object.keys(FLAG_ROWS).map((name) => [name, values[bare(name)]] as const);
  return readMockFlags(kind, Object.fromEntries(flags), env);
}

/** Without dashes, as Node's parser calls it. */
const bare = (name: string): string => flagName(name).slice(2);

const KINDS: readonly MockKind[] = ['controller', 'engine', 'up'];

function parse(args: readonly string[]): { values: RawMockFlags; positionals: string[] } {
  const options = Object.entries(FLAG_ROWS).map(([name, { value }]) => {
    const type = value === undefined ? ('boolean' as const) : ('string' as const);
    return [bare(name), { type }] as const;
  });
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      allowNegative: true,
      options: Object.fromEntries(options),
    });
  } catch (error) {
    throw invalid((error as Error).message);
  }
}

/** @throws KvcacheError MOCK_ARGUMENTS_INVALID (kind usage) */
export function readMockFlags(kind: MockKind, raw: RawMockFlags, env: Environment): MockRequest {
  const given = Object.entries(raw).flatMap(([name, value]) => {
    const row = FLAG_ROWS[name]!;
    // A `--no-…` flag that was not given arrives as true.
    const isGiven = value !== undefined && !(row.isNegative && value === true);
    return isGiven ? [{ name, row, value }] : [];
  });
  const says = { fleet: {}, controller: {}, engine: {} } as Record<string, Record<string, unknown>>;
  const own: Record<string, unknown> = {};
  for (const { name, row, value } of given) {
    const read =
      typeof value === 'boolean' ? value : readValue(row.schema, value, writtenFlag(name));
    if (row.sets) says[row.sets.section]![row.sets.key] = read;
    else own[name] = read;
  }
  const dialect = (own['dialect'] as Dialect | undefined) ?? impliedDialect(given, env);
  rejectForeign(given, dialect);
  if ('fleet' in own) rejectBesideFleet(given);
  return { kind, dialect, flags: { ...own, says } as MockFlags };
}

type Given = readonly { name: string; row: FlagRow }[];

/** Text is text here, even where it looks like a number. */
function readValue(schema: ScalarSchema<unknown>, text: string, name: string): unknown {
  const node = { ...textNode(text, name), isQuoted: schema.type === 'text' };
  return readStrict(schema, node, {
    whole: name,
    invalid: ({ message }) => invalid(message),
  });
}

/**
 * Flags say which mock is meant; without any, the old sample's environment does, so that whoever
 * started its mocks by these variables gets what they know. Real wire otherwise.
 */
function impliedDialect(given: Given, env: Environment): Dialect {
  const dialects = given.map(({ row }) => row.dialect);
  if (dialects.includes('real')) return 'real';
  const isSample = SAMPLE_VARIABLES.some((name) => (env[name] ?? '').trim() !== '');
  return dialects.includes('parity') || isSample ? 'parity' : 'real';
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

/** A flag of the other dialect would change nothing, and nobody would notice. */
function rejectForeign(given: Given, dialect: Dialect): void {
  const foreign = given.find(({ row }) => row.dialect !== undefined && row.dialect !== dialect);
  if (foreign)
    throw invalid(`${writtenFlag(foreign.name)} belongs to --dialect ${foreign.row.dialect}.`);
}

/** Whichever won, somebody would believe that the other did. */
function rejectBesideFleet(given: Given): void {
  const rival = given.find(({ row }) => row.sets !== undefined && !row.beatsFile);
  if (rival)
    throw invalid(`${writtenFlag(rival.name)} does not go with --fleet: the file says it.`);
}

function invalid(message: string) {
  return mockError('MOCK_ARGUMENTS_INVALID', { message });
}
