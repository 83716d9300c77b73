import type { Clock } from '../../base/clock.ts';
import type { KvcacheError } from '../../base/errors.ts';
import { within } from '../../base/within.ts';
import { decodeDirectory } from '../../protocol/lmcache-directory.ts';
import { isCount, isRecord } from '../../base/json.ts';
import type { Holding, Layout } from '../../protocol/lmcache.ts';
import { type Answer, jsonIfOk } from '../answer.ts';
import type { OriginClient } from '../origin-client.ts';
import {
  acceptedJson,
  type CacheOperation,
  type CallBudget,
  type ControllerDriver,
  type PromptIdentity,
  unsupported,
  wrongDialect,
} from './driver.ts';
import type { DriverParts } from './dialect.ts';
import { netError } from '../errors.ts';
import { tooLong, unknownYet } from './coordinator-errors.ts';
import { StoredModels } from './stored-models.ts';

const LOOKUP = '/directory/lookup';
/** LMCache's own bound. */
const TOKEN_IDS_MAX = 1_000_000;
/** How long a coordinator that has no directory is not asked again. */
const MISSING_FOR_MS = 5_000;

/** What a lookup or an operation names, beside the tokens. */
interface Deployment {
  model: string;
  worldSize: number;
}

/**
 * LMCache's MP coordinator, successor of the cache controller: its directory knows every holder of
 * every chunk. Since LMCache 0.5.3; run against 0.5.6.
 */
export class CoordinatorDriver implements ControllerDriver {
  readonly dialect = 'coordinator';
  readonly #client: OriginClient;
  readonly #clock: Clock;
  readonly #names: DriverParts['names'];
  readonly #stored: StoredModels;
  #missing: { error: KvcacheError; untilMs: number } | undefined;

  constructor({ client, clock, names }: DriverParts) {
    this.#client = client;
    this.#clock = clock;
    this.#names = names;
    this.#stored = new StoredModels(client, clock);
  }

  async lookup(prompt: PromptIdentity, budget: CallBudget): Promise<Layout> {
    if (this.#missing && this.#clock.nowMs() < this.#missing.untilMs) throw this.#missing.error;
    if (prompt.tokens.count === 0) return { shape: 'none', holdings: [] };
    if (prompt.tokens.count > TOKEN_IDS_MAX)
      throw tooLong(this.#client.baseUrl + LOOKUP, TOKEN_IDS_MAX);
    const endMs = this.#clock.nowMs() + budget.timeoutMs;
    const deployments = await this.#deploymentsOf(prompt.model, budget);
    const rest = { ...budget, timeoutMs: Math.max(0, endMs - this.#clock.nowMs()) };
    const layouts = await Promise.all(deployments.map((it) => this.#lookupIn(it, prompt, rest)));
    return layouts.length === 1 ? layouts[0]! : merged(layouts);
  }

  /** Pins are kept by the coordinator for the whole fleet; deletions it passes on to the instance. */
  async apply(
    operation: CacheOperation,
    prompt: PromptIdentity,
    budget: CallBudget,
  ): Promise<number | undefined> {
    if (operation.name === 'compress') throw unsupported('compress', this.#client.baseUrl);
    const [path, extra] =
      operation.name === 'pin'
        ? ['/cache/pins', {}]
        : ['/cache/delete', { instance_id: operation.instanceId, tier: 'l1', force: false }];
    let tokens: number | undefined;
    for (const deployment of await this.#deploymentsOf(prompt.model, budget)) {
      const body = promptBody(deployment, prompt, extra);
      const answer = await this.#client.call({ method: 'POST', path, body, ...budget });
      const json = acceptedJson(answer, this.#client.baseUrl + path);
      tokens = touchedTokens(json, deployment, prompt) ?? tokens;
    }
    return tokens;
  }

  async #lookupIn(
    deployment: Deployment,
    prompt: PromptIdentity,
    budget: CallBudget,
  ): Promise<Layout> {
    const body = promptBody(deployment, prompt, {});
    const answer = await this.#client.call({ method: 'POST', path: LOOKUP, body, ...budget });
    const where = this.#client.baseUrl + LOOKUP;
    if (answer.status === 404 || answer.status === 405)
      throw await this.#noDirectory(answer, budget);
    const layout = decodeDirectory(acceptedJson(answer, where), prompt.tokens.count);
    if (!layout) throw wrongDialect(where, answer);
    this.#missing = undefined;
    return layout;
  }

  /** Without a directory it may still be a coordinator, only an old one. */
  async #noDirectory(lookup: Answer, budget: CallBudget): Promise<KvcacheError> {
    const where = this.#client.baseUrl + LOOKUP;
    const listed = await this.#client.call({ method: 'GET', path: '/instances', ...budget });
    if (!isInstanceList(jsonIfOk(listed))) return wrongDialect(where, lookup);
    const error = netError('CONTROLLER_NO_DIRECTORY', { where });
    this.#missing = { error, untilMs: this.#clock.nowMs() + MISSING_FOR_MS };
    return error;
  }

  /** Finding out goes on when this call cannot wait for it, for those that follow. */
  async #deploymentsOf(servedName: string, { timeoutMs }: CallBudget): Promise<Deployment[]> {
    const wait = { clock: this.#clock, waitMs: timeoutMs };
    return within(this.#findDeployments(servedName), wait, () => unknownYet(this.#client.baseUrl));
  }

  async #findDeployments(servedName: string): Promise<Deployment[]> {
    const model = this.#names.model ?? (await this.#names.rootOf?.(servedName)) ?? servedName;
    const { worldSize } = this.#names;
    const sizes = worldSize === undefined ? await this.#stored.sizesOf(model) : [worldSize];
    // A model that has stored nothing is looked up all the same: the coordinator has the last word.
    return (sizes.length === 0 ? [1] : sizes).map((size) => ({ model, worldSize: size }));
  }
}

/** Whether GET /instances was answered as every coordinator does, those without a directory too. */
export function isInstanceList(answer: unknown): boolean {
  return isRecord(answer) && Array.isArray(answer['instances']);
}

function promptBody(
  { model, worldSize }: Deployment,
  prompt: PromptIdentity,
  extra: object,
): string {
  const fields = {
    model_name: model,
    world_size: worldSize,
    cache_salt: prompt.cacheSalt,
    ...extra,
  };
  return `${JSON.stringify(fields).slice(0, -1)},"token_ids":${prompt.tokens.json}}`;
}

/** Answers count chunks asked for, and keys touched: one per chunk and rank. */
function touchedTokens(
  answer: unknown,
  { worldSize }: Deployment,
  { tokens }: PromptIdentity,
): number | undefined {
  if (!isRecord(answer)) return undefined;
  const { requested, affected } = answer;
  if (!isCount(requested) || !isCount(affected)) return undefined;
  const share = requested === 0 ? 0 : Math.min(1, affected / worldSize / requested);
  return Math.floor(share * tokens.count);
}

/** Of deployments of one model with different numbers of ranks; what counts of an instance is its longest match. */
function merged(layouts: readonly Layout[]): Layout {
  const longest = new Map<string, Holding>();
  for (const holding of layouts.flatMap((it) => it.holdings)) {
    const known = longest.get(holding.instanceId);
    if (!known || known.matchedTokens < holding.matchedTokens) {
      longest.set(holding.instanceId, holding);
    }
  }
  return { ...layouts[0]!, holdings: [...longest.values()] };
}
