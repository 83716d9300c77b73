import { describe, expect, it } from 'vitest';
import { hash32 } from '../../src/base/random.ts';
import { examineGatewayConfig } from '../../src/config/load.ts';
import { reusableTokens } from '../../src/target/alignment.ts';
import { verifyGatewayConfig } from '../../src/verify/gateway-config.ts';
import { commonPrefix, PromptMaker } from '../../src/verify/experiment/prompts.ts';
import { resolveTargets } from '../../src/target/settings.ts';

/** Three template tokens, then one per word, two for long ones. */
const tokenize = (prompt: string): Promise<number[]> =>
  Promise.resolve([
    1,
    2,
    3,
    ...prompt.split(' ').flatMap((word) => {
      const id = hash32(word);
      return word.length > 6 ? [id, id + 1] : [id];
    }),
  ]);

async function maker(prefixTokens: number, nonce = 'n'): Promise<PromptMaker> {
  const made = new PromptMaker({ tokenize, seed: 1, nonce, prefixTokens });
  await made.calibrate();
  return made;
}

async function shared({ prime, measured }: { prime: string; measured: string }): Promise<number> {
  return commonPrefix(await tokenize(prime), await tokenize(measured));
}

describe('prompts', () => {
  it('share at least what was asked for, in tokens', async () => {
    const made = await maker(512);
    for (let index = 0; index < 20; index++) {
      expect(await shared(made.cacheable(`g${index}`))).toBeGreaterThanOrEqual(512);
    }
  });

  it('share nothing but the template when they must not be cached', async () => {
    const made = await maker(512);
    expect(made.floorTokens).toBe(3);
    expect(await shared(made.uncacheable('g'))).toBe(3);
  });

  it('are equally long in every arm', async () => {
    const made = await maker(512);
    const lengths = await Promise.all(
      [made.cacheable('a').measured, made.uncacheable('b').measured, made.partly('c', 0.5).measured]
        .map(tokenize)
        .map(async (tokens) => (await tokens).length),
    );
    expect(Math.max(...lengths) / Math.min(...lengths)).toBeLessThan(1.02);
  });

  it('share the part that was asked for', async () => {
    const made = await maker(1_000);
    const half = await shared(made.partly('g', 0.5));
    expect(half).toBeGreaterThan(450);
    expect(half).toBeLessThan(550);
    expect(await shared(made.partly('g', 0))).toBe(3);
  });

  it('are new with a new nonce and the same with the same', async () => {
    const [one, again, other] = [await maker(64), await maker(64), await maker(64, 'other')];
    expect(again.cacheable('g')).toEqual(one.cacheable('g'));
    expect(other.cacheable('g').prime.split(' ')[0]).not.toBe(
      one.cacheable('g').prime.split(' ')[0],
    );
  });

  it('are refused when no length can be had', async () => {
    const blind = new PromptMaker({
      tokenize: () => Promise.resolve([1]),
      seed: 1,
      nonce: 'n',
      prefixTokens: 512,
    });
    await expect(blind.calibrate()).rejects.toMatchObject({ code: 'PROMPT_TOO_SHORT' });
  });
});

describe('alignment', () => {
  it('reuses whole blocks, never the last token', () => {
    expect(reusableTokens(100, 200)).toBe(96);
    expect(reusableTokens(160, 160)).toBe(144);
    expect(reusableTokens(10, 200)).toBe(0);
  });
});

describe('the gateway config', () => {
  it('has every engine, stays on loopback, and lets a request choose its policy', () => {
    const settings = resolveTargets(
      {
        engine: ['a=http://h1:8000', 'b=http://h2:8000', 'c=http://h3:8000'],
        lmcache: 'http://l:9000',
        model: 'm',
        listenPort: '0',
      },
      {},
    );
    const text = verifyGatewayConfig({ settings, policy: 'random' });
    const { config, issues } = examineGatewayConfig({ file: 'gateway.yaml', text });
    expect(issues.filter((it) => it.severity === 'error')).toEqual([]);
    expect(config!.clusters[0]!.endpoints.map(({ id, host }) => [id, host])).toEqual([
      ['a', 'h1'],
      ['b', 'h2'],
      ['c', 'h3'],
    ]);
    expect(config!.listeners[0]!.address).toEqual({ host: '127.0.0.1', port: 0 });
    expect(config!.extension.routing).toMatchObject({
      policy: 'random',
      allowHeaderOverride: true,
    });
  });
});
