import { parseOrigin } from '../../base/origin.ts';
import { partOf, type Shard } from '../../base/shard.ts';
import { type ListenAddress, parseListenAddress } from '../../net/listen.ts';
import { cliError } from '../shell/errors.ts';
import { shardOf } from '../shell/shard-flag.ts';
import type { LoadFlags } from './flags.ts';

/** How a shard meets the others. */
export interface ShardSettings {
  shard: Shard;
  start:
    | { kind: 'time'; startAtMs: number }
    | { kind: 'barrier'; url: string; waitMs: number; listenAt: ListenAddress | undefined };
}

/**
 * Undefined for a run in one process.
 * @throws KvcacheError FLAG_INVALID, URL_INVALID, LISTEN_ADDRESS_INVALID (kind usage)
 */
export function shardSettings(flags: LoadFlags): ShardSettings | undefined {
  if (flags.shard === undefined) return alone(flags);
  const shard = shardOf(flags.shard);
  if (flags.runId === undefined) {
    throw invalid('--shard needs --run-id.', 'Give all shards the same: prompts follow from it.');
  }
  if (flags.samples === undefined && flags.out === undefined) {
    throw invalid(
      '--shard keeps its samples nowhere.',
      'Give --samples FILE: kvcache report merge unites them.',
    );
  }
  return { shard, start: startOf(flags, shard) };
}

/** The other flags of shards mean nothing without one: who gives them expects another run than this. */
function alone(flags: LoadFlags): undefined {
  const given = (['startAt', 'barrier', 'barrierListen'] as const).find((it) => flags[it]);
  if (given === undefined) return undefined;
  const name = given.replaceAll(/[A-Z]/g, (it) => `-${it.toLowerCase()}`);
  throw invalid(`--${name} needs --shard.`, 'Say which part of the plan this is: --shard 0/4.');
}

function startOf(flags: LoadFlags, shard: Shard): ShardSettings['start'] {
  if (flags.startAt !== undefined) return { kind: 'time', startAtMs: timeOf(flags.startAt) };
  if (flags.barrier === undefined) {
    throw invalid(
      '--shard does not say when to begin.',
      'Give --barrier URL, where shards wait for each other, or --start-at TIME.',
    );
  }
  const { barrierListen, barrierWait: waitMs } = flags;
  const isServing = shard.index === 0 && barrierListen !== undefined;
  return {
    kind: 'barrier',
    url: parseOrigin(flags.barrier, '--barrier').url,
    waitMs,
    listenAt: isServing ? listenAddress(barrierListen) : undefined,
  };
}

/** Loopback unless an interface is named: what is not meant to be seen from outside is not. */
function listenAddress(text: string): ListenAddress {
  const written = /^\d+$/.test(text) ? `:${text}` : text;
  const { host = '127.0.0.1', port } = parseListenAddress(written, '--barrier-listen');
  return { host, port };
}

/** With its zone: machines in different ones would begin hours apart. */
function timeOf(text: string): number {
  const isWhole = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text);
  const ms = isWhole ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) {
    throw invalid(
      `--start-at cannot be "${text}".`,
      'Write date, time and zone: 2026-07-01T12:00:00Z.',
    );
  }
  return ms;
}

/**
 * The shard's part of what is open at once.
 * @throws KvcacheError FLAG_INVALID (kind usage) when there is less of it than shards
 */
export function partOfFlag(flag: string, total: number, shard: Shard | undefined): number {
  if (shard === undefined) return total;
  // All of them say so, also those that would get one.
  if (total >= shard.of) return partOf(total, shard);
  throw invalid(
    `${flag} ${total} cannot be cut for ${shard.of} shards.`,
    `Ask for ${shard.of} or more, or use fewer shards.`,
  );
}

function invalid(message: string, remedy: string) {
  return cliError('FLAG_INVALID', { message, remedy });
}
