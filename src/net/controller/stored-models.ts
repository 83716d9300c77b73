import type { Clock } from '../../base/clock.ts';
import { Remembered } from '../../base/remembered.ts';
import { decodeStoredModels, type StoredModel } from '../../protocol/lmcache-directory.ts';
import type { OriginClient } from '../origin-client.ts';
import { acceptedJson } from './driver.ts';

/** Keys are listed oldest first, so these know every deployment but one that is younger than them all. */
const PAGE_KEYS = 500;
const PAGES_MAX = 10;
const PAGE_TIMEOUT_MS = 2_000;
/** Deployments change seldom; one that has stored nothing yet may do so any moment. */
const FRESH_MS = 30_000;
const RETRY_MS = 1_000;

/**
 * How many ranks the deployments of a model have, learnt from the keys they stored: a lookup must
 * say so, and nobody else tells it.
 */
export class StoredModels {
  readonly #client: OriginClient;
  readonly #found: Remembered<readonly StoredModel[]>;

  constructor(client: OriginClient, clock: Clock) {
    this.#client = client;
    this.#found = new Remembered({
      clock,
      ask: () => this.#list(),
      freshMs: FRESH_MS,
      retryMs: RETRY_MS,
    });
  }

  /**
   * World sizes under which the model's chunks are stored; empty while none are.
   * @throws KvcacheError as `ControllerDriver`
   */
  async sizesOf(model: string): Promise<number[]> {
    const isIt = (it: StoredModel): boolean => it.model === model;
    const found = await this.#found.get((models) => models.some(isIt));
    return found.filter(isIt).map(({ worldSize }) => worldSize);
  }

  async #list(): Promise<StoredModel[]> {
    const models = new Map<string, StoredModel>();
    for (let page = 0; page < PAGES_MAX; page++) {
      const path = `/directory/keys?limit=${PAGE_KEYS}&offset=${page * PAGE_KEYS}`;
      const answer = await this.#client.call({ method: 'GET', path, timeoutMs: PAGE_TIMEOUT_MS });
      // The lookup itself says whether there is a directory; one that cannot list is none the worse.
      if (answer.status === 404 || answer.status === 405) break;
      const found = decodeStoredModels(acceptedJson(answer, this.#client.baseUrl + path));
      for (const it of found?.models ?? []) models.set(`${it.worldSize} ${it.model}`, it);
      if (!found || found.listed < PAGE_KEYS) break;
    }
    return [...models.values()];
  }
}
