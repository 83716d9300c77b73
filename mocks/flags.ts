import { parseArgs } from 'node:util';
import { KvcacheError } from '../src/base/errors.ts';
import { parseDuration } from '../src/base/duration.ts';
import type { ParityFlags } from './parity/fleet.ts';

export type MockKind = 'controller' | 'engine' | 'up';
export type Dialect = 'parity';

/** Flags as text, the same whether Node's own parser or the CLI's read them. */
export interface RawMockFlags {
  dialect?: string | undefined;
  addr?: string | undefined;
  id?: string | undefined;
  role?: string | undefined;
  preferred?: string | undefined;
  portBase?: string | undefined;
  delay?: string | undefined;
}

export interface MockRequest {
  kind: MockKind;
  dialect: Dialect;
  flags: ParityFlags;
}

const TEXT = { type: 'string' } as const;

/**
 * The command line of a mock process: `controller|engine|up [--flags]`.
 * @throws KvcacheError MOCK_ARGUMENTS_INVALID (kind usage)
 */
export function parseMockArguments(args: readonly string[]): MockRequest {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        dialect: TEXT,
        addr: TEXT,
        id: TEXT,
        role: TEXT,
        preferred: TEXT,
        'port-base': TEXT,
        delay: TEXT,
      },
    });
    const kind = oneOf(positionals[0], ['controller', 'engine', 'up'], 'The first argument');
    if (positionals.length > 1) throw invalid(`Unexpected argument "${positionals[1]}".`);
    return readMockFlags(kind, { ...values, portBase: values['port-base'] });
  } catch (error) {
    if (error instanceof KvcacheError) throw error;
    throw invalid((error as Error).message);
  }
}

/** @throws KvcacheError MOCK_ARGUMENTS_INVALID (kind usage) */
export function readMockFlags(kind: MockKind, raw: RawMockFlags): MockRequest {
  return {
    kind,
    dialect: oneOf(raw.dialect ?? 'parity', ['parity'], '--dialect'),
    flags: {
      addr: raw.addr,
      id: raw.id,
      role: raw.role === undefined ? undefined : oneOf(raw.role, ['a', 'b'], '--role'),
      preferred: raw.preferred,
      portBase: raw.portBase === undefined ? undefined : portNumber(raw.portBase),
      delayMs: raw.delay === undefined ? undefined : delayMs(raw.delay),
    },
  };
}

function portNumber(text: string): number {
  const port = Number(text);
  // Two more ports follow the base.
  if (!/^\d+$/.test(text) || port > 65_533) throw invalid(`--port-base is no port: "${text}".`);
  return port;
}

function delayMs(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms < 0) throw invalid(`--delay is no duration: "${text}".`);
  return ms;
}

function oneOf<const Name extends string>(
  text: string | undefined,
  names: readonly Name[],
  what: string,
): Name {
  const name = names.find((candidate) => candidate === text);
  if (name === undefined)
    throw invalid(`${what} must be ${names.join(', ')}, not "${text ?? ''}".`);
  return name;
}

function invalid(message: string): KvcacheError {
  return new KvcacheError({
    kind: 'usage',
    code: 'MOCK_ARGUMENTS_INVALID',
    message,
    remedy: 'See kvcache mock --help.',
  });
}
