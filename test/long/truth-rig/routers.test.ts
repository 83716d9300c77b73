import { Agent } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { chanceOf, indexOf } from '../../helpers/truth/chance.ts';
import { chat, wordsOf } from '../../helpers/truth/client.ts';
import { sessionSticky, indexFed } from '../../helpers/truth/policies.ts';
import { type KnownRouter, ROUTERS } from '../../helpers/truth/routers.ts';
import { type Share, isHeld } from '../../helpers/truth/truth-log.ts';
import { type World, type WorldOptions, startWorld } from '../../helpers/truth/world.ts';

let world: World | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

async function start(options: WorldOptions): Promise<World> {
  world = await startWorld(options);
  return world;
}

const PREFIXES = 40;
const ENGINES = 3;
const agent = new Agent({ keepAlive: true });

/** Puts prefixes on engines, reuses each once, and asks the router's own log what came of it. */
async function reuse({ router, engines }: World, isStraight: boolean): Promise<Share> {
  const chance = chanceOf(11);
  for (let n = 0; n < PREFIXES; n++) {
    const prefix = wordsOf(`p${n}`, 100);
    const primed = isStraight ? engines[indexOf(chance, engines.length)]! : router;
    router.log.label = 'prime';
    await chat(primed.url, `${prefix} first`, { agent });
    // An odd number in between, so that turn-taking is no memory; and time for an index to hear of it.
    const between = 1 + indexOf(chance, 3);
    for (let other = 0; other < between; other++) {
      await chat(router.url, wordsOf(`other${n}.${other}`, 20), { agent });
    }
    router.log.label = 'reuse';
    await chat(router.url, `${prefix} second`);
  }
  return router.log.reuse(({ label }) => label === 'reuse');
}

/** In standard errors of a share that truly is this; one that is exactly 0 or 1 has no room. */
function errorsFrom(truth: number, { hits, total }: Share): number {
  const difference = Math.abs(hits / total - truth);
  return difference === 0 ? 0 : difference / Math.sqrt((truth * (1 - truth)) / total);
}

const INSTANT: readonly KnownRouter[] = ROUTERS.filter(({ id }) => id !== 'index-lag');

describe('the share that reaches a holder', () => {
  it.each(INSTANT)('of $id is what it should be', async ({ policy, hitRate }) => {
    const truth = hitRate(ENGINES);
    const straight = await reuse(await start({ engineCount: ENGINES, policy }), true);
    await world!.close();
    const through = await reuse(await start({ engineCount: ENGINES, policy }), false);
    expect([straight.total, through.total]).toEqual([PREFIXES, PREFIXES]);
    expect(errorsFrom(truth.straight, straight)).toBeLessThan(4);
    expect(errorsFrom(truth.through, through)).toBeLessThan(4);
  });
});

describe('what a router knows', () => {
  const twice = async (text: string, headers: Record<string, string> = {}): Promise<boolean> => {
    await chat(world!.router.url, text, { headers });
    await chat(world!.router.url, text, { headers });
    const last = world!.router.log.all.at(-1)!;
    return isHeld(last, last.engine);
  };

  it.each(INSTANT.filter(({ finds }) => finds !== null))(
    '$id finds a whole prompt again',
    async ({ policy }) => {
      await start({ engineCount: 5, policy });
      for (let n = 0; n < 20; n++) expect(await twice(wordsOf(`p${n}`, 100))).toBe(true);
    },
  );

  it('a session finds its engine again, whatever it asks', async () => {
    const { router } = await start({ engineCount: 5, policy: () => sessionSticky() });
    for (let n = 0; n < 20; n++) {
      await twice(wordsOf(`p${n}`, 100), { 'x-session-id': `s${n % 4}` });
    }
    const homes = [0, 1, 2, 3].map(
      (session) =>
        new Set(
          router.log.all.filter((_, n) => Math.floor(n / 2) % 4 === session).map((it) => it.engine),
        ).size,
    );
    expect(homes).toEqual([1, 1, 1, 1]);
  });

  it('a connection stays on its engine', async () => {
    const { router } = await start({
      policy: ROUTERS.find((it) => it.id === 'connection')!.policy,
    });
    const one = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let n = 0; n < 10; n++) await chat(router.url, wordsOf(`p${n}`, 50), { agent: one });
    one.destroy();
    expect(router.log.shares(2)).toEqual([1, 0]);
  });

  it('an index that lags does not know what has just come', async () => {
    const { router, engines } = await start({ engineCount: 5, policy: () => indexFed(400) });
    const [early, late] = [wordsOf('early', 100), wordsOf('late', 100)];
    await chat(engines[3]!.url, early);
    await new Promise((resolve) => {
      setTimeout(resolve, 450);
    });
    await chat(engines[3]!.url, late);
    await chat(router.url, `${early} again`);
    await chat(router.url, `${late} again`);
    expect(router.log.all.map(({ why }) => why)).toEqual(['holder', 'random']);
  });

  it('weighs its engines as told', async () => {
    const { router } = await start({
      engineCount: 3,
      policy: ROUTERS.find((it) => it.id === 'weighted')!.policy,
    });
    for (let n = 0; n < 300; n++) await chat(router.url, wordsOf(`p${n}`, 20), { agent });
    const [first, second, third] = router.log.shares(3);
    expect(first).toBeGreaterThan(0.7);
    expect(first).toBeLessThan(0.9);
    expect(second! + third!).toBeGreaterThan(0.1);
  });

  it('tells what it asks for in a header only where it obeys', async () => {
    const policy = ROUTERS.find((it) => it.id === 'always-one')!.policy;
    const headers = { 'x-kvcache-policy': 'round-robin' };
    const { router } = await start({ policy, obeysPolicyHeader: true });
    for (let n = 0; n < 4; n++) await chat(router.url, wordsOf(`p${n}`, 20), { headers });
    expect(router.log.shares(2)).toEqual([0.5, 0.5]);
    await world!.close();
    const deaf = await start({ policy });
    for (let n = 0; n < 4; n++) await chat(deaf.router.url, wordsOf(`p${n}`, 20), { headers });
    expect(deaf.router.log.shares(2)).toEqual([1, 0]);
    expect(deaf.router.log.all[0]!.asked).toBe('round-robin');
  });
});
