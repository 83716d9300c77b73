import type { EngineProfile } from '../../../mocks/profiles/profile.ts';
import { parseOrigin } from '../../base/origin.ts';
import type { Company } from '../../calibrate/judge.ts';
import type { ProbeLimits } from '../../calibrate/probe/plan.ts';
import type { Access } from '../../net/access.ts';
import { accessOf } from '../../target/access.ts';
import { type EngineProfile as Described, engineProfile } from '../../target/engine-profile.ts';
import { AUTO_MODEL } from '../../target/flags.ts';
import { refuseForwardProxy } from '../../target/forward-proxy.ts';
import { engineTarget } from '../../target/targets.ts';
import { firstModel } from '../load/target.ts';
import type { CliContext } from '../shell/context.ts';
import type { CalibrateFlags } from './flags.ts';

/** One engine that is up, as it describes itself. */
export interface CalibrateTarget {
  /** May hold user info. */
  url: string;
  model: string;
  access: Access;
  described: Described;
  /** The same again, later. */
  describe: () => Promise<Described>;
}

const METRICS_TIMEOUT_MS = 5_000;

/** @throws KvcacheError URL_INVALID and as `accessOf` and `refuseForwardProxy` (usage), and as `firstModel` (target) */
export async function resolveEngine(
  address: string,
  flags: CalibrateFlags,
  { env, cwd, signal }: CliContext,
): Promise<CalibrateTarget> {
  const { url } = parseOrigin(address, '--engine');
  const access = accessOf(flags, { env, cwd });
  refuseForwardProxy(env, url);
  const model =
    flags.model === AUTO_MODEL ? await firstModel(url, { access, signal }) : flags.model;
  const admission = { access, timeoutMs: METRICS_TIMEOUT_MS };
  const describe = (): Promise<Described> =>
    engineProfile(engineTarget('--engine', url), admission, signal);
  return { url, model, access, described: await describe(), describe };
}

const CONTEXT_TOKENS_MAX = 32_768;
/** Of an engine that does not say how large its cache is. */
const CACHE_TOKENS_UNKNOWN = 65_536;
/** Our words may turn out a little longer than they were measured. */
const ROOM = 0.97;

/** What the flags allow and the engine can take. */
export function limitsOf(
  flags: CalibrateFlags,
  { maxModelLength, capacityTokens }: Described,
  runId: string,
): ProbeLimits {
  const most = Math.floor((maxModelLength ?? CONTEXT_TOKENS_MAX) * ROOM);
  return {
    rounds: flags.rounds,
    contextTokens: Math.min(flags.promptTokens ?? CONTEXT_TOKENS_MAX, most),
    batch: flags.batch,
    cacheTokens: capacityTokens ?? CACHE_TOKENS_UNKNOWN,
    hasTier: flags.tier,
    seed: flags.seed,
    runId,
  };
}

/** What the engine says of its cache is not left to the base profile. */
export function baseOf(
  base: EngineProfile,
  { blockTokens, capacityTokens, maxModelLength }: Described,
): EngineProfile {
  const blockSize = blockTokens ?? base.blockSize;
  return {
    ...base,
    blockSize,
    blocks: capacityTokens === null ? base.blocks : Math.floor(capacityTokens / blockSize),
    maxModelLen: maxModelLength ?? base.maxModelLen,
  };
}

/** `vLLM 0.32.0`. */
export function engineName({ kind, version }: Described): string {
  return version === null ? kind.name : `${kind.name} ${version}`;
}

/**
 * What the engine counted beside our requests, of which so many were answered; undefined when a stop left no time to ask.
 * @param rounded as the engine described itself after the last round
 */
export async function companyOf(
  { described: before, describe }: CalibrateTarget,
  { answered, rounded }: { answered: number; rounded: Described },
  signal: AbortSignal,
): Promise<Company | undefined> {
  if (signal.aborted) return undefined;
  const after = await describe();
  const requests = counted(before, after, 'requests');
  return {
    foreignRequests: requests === null ? null : Math.max(0, requests - answered),
    externalTokens: counted(before, rounded, 'externalHits'),
  };
}

/** Between two looks at a counter; null where there is none. */
function counted(
  before: Described,
  after: Described,
  name: 'requests' | 'externalHits',
): number | null {
  const [was, is] = [before.counters[name], after.counters[name]];
  return was === null || is === null ? null : Math.max(0, is - was);
}
