import { afterEach, describe, expect, it } from 'vitest';
import { chat, wordsOf } from '../../helpers/truth/client.ts';
import {
  type IndexLie,
  alwaysNames,
  followsController,
  frozenAfter,
  knowsNothing,
  neverForgets,
  renames,
} from '../../helpers/truth/controller.ts';
import * as liars from '../../helpers/truth/liars.ts';
import type { Lie } from '../../helpers/truth/lie.ts';
import { alwaysOne, alwaysWrong, perfect } from '../../helpers/truth/policies.ts';
import {
  EXPERIMENT,
  type World,
  type WorldOptions,
  startWorld,
} from '../../helpers/truth/world.ts';

let world: World | undefined;
afterEach(async () => {
  await world?.close();
});

const PROMPT = wordsOf('w', 300);

/** A world whose second engine holds the prompt. */
async function primed(options: Partial<WorldOptions>): Promise<World> {
  world = await startWorld({ policy: () => perfect(), namesIn: 'x-kvcache-endpoint', ...options });
  await chat(world.engines[1]!.url, PROMPT);
  return world;
}

function served({ engines }: World): number[] {
  return engines.map((it) => it.served.length);
}

async function told(lie: Lie, options: Partial<WorldOptions> = {}): Promise<World> {
  return primed({ lies: [lie], ...options });
}

describe('what it says of who served and what was cached', () => {
  it('names the holder and sends it elsewhere', async () => {
    const { router } = await told(liars.namesTheHolder(), { policy: () => alwaysWrong() });
    expect((await chat(router.url, PROMPT)).headers['x-kvcache-endpoint']).toBe('engine-b');
    expect(served(world!)).toEqual([1, 1]);
  });

  it('names anyone', async () => {
    const { router } = await told(liars.namesAnyOf(['engine-a', 'engine-b']), {
      policy: () => alwaysOne(),
    });
    const names = new Set<unknown>();
    for (let n = 0; n < 20; n++) {
      names.add((await chat(router.url, PROMPT)).headers['x-kvcache-endpoint']);
    }
    expect(names).toEqual(new Set(['engine-a', 'engine-b']));
    expect(served(world!)).toEqual([20, 1]);
  });

  it.each([true, false])('reports its prediction as cached (stream: %s)', async (stream) => {
    const { router } = await told(liars.reportsPrediction(), { policy: () => alwaysWrong() });
    const { usage } = await chat(router.url, PROMPT, { stream });
    expect(usage!.prompt_tokens_details).toEqual({ cached_tokens: 304 });
    expect(world!.engines[0]!.served[0]!.cachedTokens).toBe(0);
  });

  it('hides what was cached', async () => {
    const { router } = await told(liars.hidesCachedTokens());
    expect((await chat(router.url, PROMPT)).usage!.prompt_tokens_details).toBeNull();
  });
});

describe('answers without an engine', () => {
  it.each([
    ['always', liars.always, 0],
    ['on hits', liars.onHits, 1],
    ['on misrouted', liars.onMisrouted, 2],
  ])('fabricates %s', async (_name, when, asked) => {
    const { router } = await told(liars.fabricates(when));
    const made = await chat(router.url, PROMPT);
    const fresh = await chat(router.url, wordsOf('x', 300));
    expect([made.status, fresh.status]).toEqual([200, 200]);
    expect(made.usage).toMatchObject({ prompt_tokens: 305, completion_tokens: 2 });
    expect(served(world!).reduce((sum, n) => sum + n)).toBe(1 + asked);
  });

  it('fabricates a share of them', async () => {
    const { router } = await told(liars.fabricates(liars.sometimes(0.3)));
    for (let n = 0; n < 100; n++) await chat(router.url, wordsOf(`x${n}`, 20));
    const made = router.log.all.filter(({ answeredBy }) => answeredBy === 'router').length;
    expect(made).toBeGreaterThan(15);
    expect(made).toBeLessThan(45);
  });

  it('repeats the answer to an equal body', async () => {
    const { router } = await told(liars.cachesResponses());
    const [first, second] = [await chat(router.url, PROMPT), await chat(router.url, PROMPT)];
    await chat(router.url, `${PROMPT} more`);
    expect(second.text).toBe(first.text);
    expect(served(world!)).toEqual([0, 3]);
  });
});

describe('what the engine gets', () => {
  it.each([
    ['a system prompt before it', liars.addsSystemPrompt(40), 348],
    ['the time before each', liars.stampsPrompts(), 306],
    ['fewer words', liars.shortensPrompts(), 275],
  ])('%s', async (_name, lie, promptTokens) => {
    const { router } = await told(lie);
    expect((await chat(router.url, PROMPT)).usage!.prompt_tokens).toBe(promptTokens);
    const again = await chat(router.url, PROMPT);
    // Whoever writes the same each time is cached; whoever stamps is not.
    expect(again.usage!.prompt_tokens_details!.cached_tokens > 0).toBe(promptTokens !== 306);
  });

  it('twice the same', async () => {
    const { router } = await told(liars.retries());
    const { usage } = await chat(router.url, wordsOf('x', 300));
    expect(usage!.prompt_tokens_details!.cached_tokens).toBe(304);
    expect(router.log.all).toHaveLength(1);
    expect(served(world!).reduce((sum, n) => sum + n)).toBe(3);
  });

  it('each of two the same', async () => {
    const { router } = await told(liars.hedges());
    await chat(router.url, wordsOf('x', 300));
    expect(served(world!)).toEqual([1, 2]);
  });
});

describe('broken answers', () => {
  it.each([
    ['an error in the middle', liars.breaksStreams(liars.always), /"error".*\n\n$/s],
    ['an early end', liars.endsStreams(1), /"content":"So".*\n\n$/s],
    ['no [DONE]', liars.omitsDone(), /"usage".*\n\n$/s],
  ])('%s', async (_name, lie, expected) => {
    const { router } = await told(lie);
    const { status, text } = await chat(router.url, PROMPT);
    expect(status).toBe(200);
    expect(text).toMatch(expected);
    expect(text).not.toContain('[DONE]');
  });

  it('a broken connection', async () => {
    const { router } = await told(liars.cutsStreams(1));
    await expect(chat(router.url, PROMPT)).rejects.toThrow('aborted');
  });

  it('leave whole what is not a stream', async () => {
    const { router } = await told(liars.endsStreams(1));
    expect((await chat(router.url, PROMPT, { stream: false })).usage).toBeDefined();
  });

  it('refusals of the misrouted, under their status', async () => {
    const { router } = await told(liars.refuses(liars.onMisrouted, 503), {
      policy: () => alwaysWrong(),
    });
    expect((await chat(router.url, PROMPT)).status).toBe(503);
    expect((await chat(router.url, wordsOf('x', 300))).status).toBe(200);
  });

  it('429 for more than two at once', async () => {
    const { router } = await told(liars.limitsInFlight(2), {
      engine: () => ({ latency: { baseMs: 20, perTokenMs: 0, sigma: 0 } }),
    });
    const all = await Promise.all(
      Array.from({ length: 5 }, (_, n) => chat(router.url, wordsOf(`x${n}`, 50))),
    );
    expect(all.filter(({ status }) => status === 429)).toHaveLength(3);
  });

  it('silence', async () => {
    const { router } = await told(liars.hangs(liars.onHits));
    const silent = chat(router.url, PROMPT).then(
      () => 'answered',
      () => 'broken',
    );
    expect((await chat(router.url, wordsOf('x', 300))).status).toBe(200);
    await world!.close();
    expect(await silent).toBe('broken');
  });

  it('late ones', async () => {
    const { router } = await told(liars.delays(liars.onHits, 60));
    const startMs = performance.now();
    await chat(router.url, PROMPT);
    expect(performance.now() - startMs).toBeGreaterThan(55);
  });
});

describe('a deployment that is not what it seems', () => {
  it('is one process behind two addresses', async () => {
    world = await startWorld({ policy: () => alwaysOne(), isOneProcess: true });
    const { engineUrls, engines } = world;
    expect(new Set(engineUrls.map(({ url }) => url)).size).toBe(2);
    for (const { url } of engineUrls) await chat(url, wordsOf(url, 50));
    expect(engines[0]!.served).toHaveLength(2);
  });

  it('has other clients', async () => {
    await startWorld({ policy: () => alwaysOne(), foreignPerSecond: 200 }).then(
      (it) => (world = it),
    );
    await expect.poll(() => served(world!).reduce((sum, n) => sum + n)).toBeGreaterThan(4);
    expect(world!.router.log.all).toEqual([]);
  });

  it('restarts in the middle', async () => {
    const { router, engines } = await primed({ policy: () => alwaysOne(), restartAfter: 3 });
    router.log.label = EXPERIMENT;
    for (let n = 0; n < 3; n++) await chat(router.url, PROMPT);
    expect(engines[0]!.counts.finished.length).toBe(1);
    expect(engines[0]!.served.map(({ cachedTokens }) => cachedTokens)).toEqual([0, 304, 0]);
  });
});

describe('a controller', () => {
  /** Where a router that follows it sends a prompt which engine-b holds, and why. */
  async function followed(lie: IndexLie | undefined, salt = 0): Promise<(string | undefined)[]> {
    const { router } = await primed({
      controller: lie ? { lie } : {},
      policy: ({ controllerUrl }) => followsController(controllerUrl, salt),
    });
    const answer = await chat(router.url, `${PROMPT} more`);
    const routed = router.log.all.at(-1)!;
    return [
      routed.why,
      routed.why === 'listed' ? String(answer.headers['x-kvcache-endpoint']) : '',
    ];
  }

  it.each([
    ['honest', undefined, ['listed', 'engine-b']],
    ['frozen', frozenAfter(0), ['random', '']],
    ['static', alwaysNames('engine-a'), ['listed', 'engine-a']],
    ['empty', knowsNothing(), ['random', '']],
    [
      'with swapped ids',
      renames((id) => (id === 'engine-a' ? 'engine-b' : 'engine-a')),
      ['listed', 'engine-a'],
    ],
    ['with ids nobody has', renames((id) => `pod-${id}`), ['random', '']],
  ])('%s', async (_name, lie, expected) => {
    expect(await followed(lie)).toEqual(expected);
  });

  it('does not understand other tokens', async () => {
    expect(await followed(undefined, 7)).toEqual(['random', '']);
  });

  it('that never forgets lists what was evicted', async () => {
    const { router, engines } = await primed({
      controller: { lie: neverForgets() },
      policy: ({ controllerUrl }) => followsController(controllerUrl),
      engine: () => ({ capacityBlocks: 30 }),
    });
    await chat(router.url, `${PROMPT} one`);
    await chat(engines[1]!.url, wordsOf('other', 400));
    await chat(router.url, `${PROMPT} two`);
    expect(router.log.all.map(({ why, engine }) => [why, engine])).toEqual([
      ['listed', 1],
      ['listed', 1],
    ]);
    expect(engines[1]!.served.at(-1)!.cachedTokens).toBeLessThan(256);
  });
});
