import { type IndexLie, startController } from './controller.ts';
import { type EngineOptions, type TruthEngine, startEngine } from './engine.ts';
import type { RunningServer } from './http.ts';
import type { Lie } from './lie.ts';
import { type Policy, random } from './policies.ts';
import { type Router, startRouter } from './router.ts';
import { chat, wordsOf } from './client.ts';

/** The label a router's log has while the arms are measured. */
export const EXPERIMENT = 'experiment';

export interface WorldOptions {
  engineCount?: number;
  /** Of each engine, by its index; the id is `engine-a`, `engine-b` and so on. */
  engine?: (index: number) => Partial<EngineOptions>;
  policy: (parts: { controllerUrl: string }) => Policy;
  lies?: readonly Lie[];
  namesIn?: string;
  obeysPolicyHeader?: boolean;
  /** A controller only where this is given; `{}` for an honest one. */
  controller?: { lie?: IndexLie };
  /** A second router over the same engines that routes at random: a baseline. */
  hasBaseline?: boolean;
  /** Every address leads to the first engine. */
  isOneProcess?: boolean;
  /** Requests a second of somebody else, spread over the engines. */
  foreignPerSecond?: number;
  /** Requests through the router, labelled as the experiment, after which the first engine starts anew. */
  restartAfter?: number;
  seed?: number;
}

/** A deployment that is known to the last token. */
export interface World {
  engines: readonly TruthEngine[];
  /** As a user would name them: equal to `engines`' own unless two addresses lead to one. */
  engineUrls: readonly { id: string; url: string }[];
  router: Router;
  baseline: Router | undefined;
  controller: RunningServer | undefined;
  close(): Promise<void>;
}

export async function startWorld(options: WorldOptions): Promise<World> {
  const { engineCount = 2, seed = 1 } = options;
  const ids = Array.from({ length: engineCount }, (_, index) => `engine-${'abcdefgh'[index]!}`);
  const own = options.isOneProcess ? ids.slice(0, 1) : ids;
  const engines = await Promise.all(
    own.map((id, index) => startEngine({ id, seed: seed + index, ...options.engine?.(index) })),
  );
  const controller =
    options.controller && (await startController({ engines, ...options.controller }));
  const restart = options.restartAfter === undefined ? [] : [restarts(options.restartAfter)];
  const common = { engines, seed };
  const router = await startRouter({
    ...common,
    policy: options.policy({ controllerUrl: controller?.url ?? '' }),
    lies: [...restart, ...(options.lies ?? [])],
    ...(options.namesIn !== undefined && { namesIn: options.namesIn }),
    ...(options.obeysPolicyHeader && { obeysPolicyHeader: true }),
  });
  const baseline = options.hasBaseline
    ? await startRouter({ ...common, policy: random() })
    : undefined;
  const engineUrls = await Promise.all(
    ids.map(async (id, index) => ({
      id,
      url: engines[index]?.url ?? (await engines[0]!.listen()),
    })),
  );
  const stopForeign = bother(engines, options.foreignPerSecond ?? 0);
  return {
    engines,
    engineUrls,
    router,
    baseline,
    controller,
    close: async () => {
      stopForeign();
      const servers = [router, baseline, controller, ...engines].filter((it) => it !== undefined);
      await Promise.all(servers.map((it) => it.close()));
    },
  };
}

/** The first engine loses its cache and its counters in the middle of what is measured. */
function restarts(after: number): Lie {
  let measured = 0;
  return {
    delayMs({ engines, routed }) {
      if (routed.label === EXPERIMENT && ++measured === after) engines[0]!.restart();
      return 0;
    },
  };
}

function bother(engines: readonly TruthEngine[], perSecond: number): () => void {
  if (perSecond === 0) return () => {};
  let sent = 0;
  const timer = setInterval(() => {
    const { url } = engines[sent % engines.length]!;
    // The engines may be closing already.
    void chat(url, wordsOf(`stranger-${sent++}`, 300)).catch(() => {});
  }, 1_000 / perSecond);
  return () => clearInterval(timer);
}
