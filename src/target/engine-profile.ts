import { type Attempt, attempt } from '../base/attempt.ts';
import { callHttp } from '../net/call.ts';
import { problemLine } from '../load/problem.ts';
import { type Exposition, readExposition } from '../protocol/prometheus.ts';
import { callJson } from './engine-http.ts';
import {
  type EngineCounters,
  type EngineKind,
  type EngineSetup,
  type Info,
  largest,
} from './engines/kind.ts';
import { ENGINE_KINDS, kindOfOwner, kindOfPage } from './engines/kinds.ts';
import { MetricPage } from './engines/metric-page.ts';
import { unknown } from './engines/unknown.ts';
import { VLLM_BLOCK_TOKENS } from './alignment.ts';
import type { ServedModel } from '../protocol/served-models.ts';
import { servedModels } from './models.ts';
import type { EngineTarget, Targets } from './targets.ts';

/** One engine as it describes itself, found out without a prompt. */
export interface EngineProfile extends EngineSetup {
  engine: EngineTarget;
  kind: EngineKind;
  models: Attempt<readonly ServedModel[]>;
  metricsUrl: string;
  /** Why its metrics could not be read, or which lines of them; null when all were. */
  metricsProblem: string | null;
  counters: EngineCounters;
  /** Unix seconds; two addresses that agree on it are likely one process. */
  startedAt: number | null;
}

type Admission = Pick<Targets, 'access' | 'timeoutMs'>;

/** Every engine's profile. Never throws but for an abort. */
export function engineProfiles(targets: Targets, signal?: AbortSignal): Promise<EngineProfile[]> {
  return Promise.all(targets.engines.map((engine) => engineProfile(engine, targets, signal)));
}

/** Kind, set-up and counters of one engine. Never throws but for an abort. */
export async function engineProfile(
  engine: EngineTarget,
  admission: Admission,
  signal?: AbortSignal,
): Promise<EngineProfile> {
  const [models, firstPage] = await Promise.all([
    attempt(() => servedModels(engine.url, admission, signal)),
    metricPage(`${engine.url}/metrics`, admission, signal),
  ]);
  const { kind, info } = await recognise(
    engine,
    { models, page: firstPage },
    { ...admission, signal },
  );
  const metricsUrl = engine.url + kind.metricsPath;
  const page =
    kind.metricsPath === '/metrics' ? firstPage : await metricPage(metricsUrl, admission, signal);
  const setup = kind.setup(info, page);
  return {
    ...setup,
    maxModelLength: largest(
      setup.maxModelLength,
      ...(models.value ?? []).map((it) => it.maxModelLength),
    ),
    engine,
    kind,
    models,
    metricsUrl,
    metricsProblem: page.problem,
    counters: kind.count(page),
    startedAt: page.largest('process_start_time_seconds'),
  };
}

/** Path or hub id behind a served name, by the first engine that says. */
export function rootOf(model: string, profiles: readonly EngineProfile[]): string | null {
  const served = profiles.flatMap(({ models }) => models.value ?? []);
  return served.find(({ id, root }) => id === model && root !== null)?.root ?? null;
}

interface Asking extends Admission {
  signal?: AbortSignal | undefined;
}

/** By its metrics, else by its owner in /v1/models, else by a route that only one kind has. */
async function recognise(
  engine: EngineTarget,
  seen: { models: Attempt<readonly ServedModel[]>; page: MetricPage },
  asking: Asking,
): Promise<{ kind: EngineKind; info: Info }> {
  const byPage = kindOfPage(seen.page);
  const byOwner = kindOfOwner(seen.models.value?.[0]?.ownedBy ?? null);
  const kind = byPage === unknown ? byOwner : byPage;
  if (kind !== unknown) return { kind, info: await infoOf(kind, engine, asking) };
  // Nobody there: more questions would only wait for more answers that never come.
  const isSilent = ['UNREACHABLE', 'TIMEOUT'].includes(seen.models.error?.code ?? '');
  if (isSilent) return { kind, info: {} };
  const candidates = await Promise.all(
    ENGINE_KINDS.map(async (it) => ({ kind: it, info: await infoOf(it, engine, asking) })),
  );
  return candidates.find((it) => it.kind.owns(it.info)) ?? { kind: unknown, info: {} };
}

async function infoOf(
  { infoPaths }: EngineKind,
  engine: EngineTarget,
  { access, timeoutMs, signal }: Asking,
): Promise<Info> {
  for (const path of infoPaths) {
    const call = { url: engine.url + path, ...access, timeoutMs, signal };
    const { value } = await attempt(() => callJson(call));
    if (typeof value === 'object' && value !== null) return value as Info;
  }
  return {};
}

/** Empty when there is none to be read; `problem` says why. Never throws but for an abort. */
export async function metricPage(
  url: string,
  { access, timeoutMs }: Admission,
  signal?: AbortSignal,
): Promise<MetricPage> {
  const found = await attempt(async () => {
    // Over a connection of its own, so that a balancer of connections is not taken for one engine.
    const headers = { ...access.headers, connection: 'close' };
    const call = { ...access, url, headers, timeoutMs, signal };
    const { status, text } = await callHttp(call);
    if (status !== 200) return new MetricPage([], `HTTP ${status}`);
    const { families, ...rest } = readExposition(text);
    return new MetricPage(families, unreadText(rest));
  });
  return found.value ?? new MetricPage([], found.error.message);
}

function unreadText({ unread, unreadCount }: Omit<Exposition, 'families'>): string | null {
  if (unreadCount === 0) return null;
  const lines = unread.map(({ number, text }) => `line ${number} "${problemLine(text)}"`);
  const more = unreadCount > lines.length ? ` and ${unreadCount - lines.length} more` : '';
  return `left out what cannot be read: ${lines.join(', ')}${more}`;
}

export interface KvCapacity {
  /** Of the engine with the largest block: prompts must suit all. */
  blockTokens: number;
  /** Of the smallest rank; null when none says. */
  tokens: number | null;
}

/** What prompts must respect on every engine. Engines that say nothing are taken for vLLM's default. */
export function kvCapacity(profiles: readonly EngineSetup[]): KvCapacity {
  const capacities = profiles.map((it) => it.capacityTokens).filter((it) => it !== null);
  return {
    blockTokens: largest(VLLM_BLOCK_TOKENS, ...profiles.map((it) => it.blockTokens))!,
    tokens: capacities.length === 0 ? null : Math.min(...capacities),
  };
}
