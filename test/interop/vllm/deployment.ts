import { startCacheServer, startCoordinator } from './lmcache-servers.ts';
import { type RunningVllm, startVllm } from './start-vllm.ts';

export const ENGINE_IDS = ['engine-a', 'engine-b'] as const;

export interface EngineOf {
  id: string;
  url: string;
}

/** Two engines, each on a core of its own, with what else was asked for. */
export interface VllmDeployment extends AsyncDisposable {
  engines: readonly EngineOf[];
  /** Of the coordinator; undefined without LMCache. */
  lmcache: string | undefined;
}

interface DeploymentOptions {
  python: string;
  model: string;
  hasLmcache: boolean;
}

/** The name clients ask for: another than the model's path, as in most deployments. */
export const SERVED_NAME = 'tiny';

export async function startDeployment(options: DeploymentOptions): Promise<VllmDeployment> {
  const running: AsyncDisposable[] = [];
  const keep = <T extends AsyncDisposable>(it: T): T => {
    running.push(it);
    return it;
  };
  const stop = async (): Promise<void> => {
    for (const it of running.splice(0).reverse()) await it[Symbol.asyncDispose]();
  };
  try {
    const coordinator = options.hasLmcache
      ? keep(await startCoordinator(options.python))
      : undefined;
    const engines = await allOf(
      ENGINE_IDS.map(async (id, core) => {
        const cache =
          coordinator && keep(await startCacheServer(options.python, id, coordinator.url));
        const args = cache?.vllmArgs ?? [];
        const { python, model } = options;
        const engine: RunningVllm = keep(
          await startVllm({ python, model, core, servedName: SERVED_NAME, args }),
        );
        return { id, url: engine.url };
      }),
    );
    return { engines, lmcache: coordinator?.url, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** As `Promise.all`, but what is still coming up when another fails is waited for, so that it can be ended. */
async function allOf<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}
