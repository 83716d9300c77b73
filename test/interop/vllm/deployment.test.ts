import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kvcache } from '../../helpers/exec.ts';
import type { Json } from '../../helpers/mock-fleet.ts';
import { SERVED_NAME, startDeployment, type VllmDeployment } from './deployment.ts';
import { directRatio, directTimes } from './direct-gain.ts';
import { realVllm, VLLM_VERSION } from './peer.ts';
import { VLLM_START_MS } from './start-vllm.ts';
import { tinyModel } from './tiny-model.ts';

/** Four KV blocks of a CPU, two chunks of LMCache: a few hundred milliseconds cold. */
const PREFIX_TOKENS = 512;
const MINUTE_MS = 60_000;
const python = realVllm.missing === undefined ? realVllm.python : '';

/** The document that a command, with what more it is given, ends with. */
async function documentOf(command: string, more: readonly string[] = []): Promise<Json> {
  const { stdout, stderr } = await kvcache([...command.split(' '), ...more, '--json']);
  const line = stdout.trim().split('\n').at(-1) ?? '';
  if (!line.startsWith('{')) throw new Error(`no document: ${stderr.slice(-2_000)}`);
  return JSON.parse(line);
}

const outcomesOf = ({ checks }: Json, ids: readonly string[]): Json =>
  Object.fromEntries(
    checks.filter(({ id }: Json) => ids.includes(id)).map(({ id, outcome }: Json) => [id, outcome]),
  );

/** With the policy that suits each. */
const DEPLOYMENTS = [
  { name: 'alone', hasLmcache: false, routing: 'prefix' },
  { name: 'with LMCache servers and their coordinator', hasLmcache: true, routing: 'lookup' },
];

describe.skipIf(realVllm.missing !== undefined)(`two engines of vLLM ${VLLM_VERSION}`, () => {
  describe.each(DEPLOYMENTS)('$name', ({ name, hasLmcache, routing }) => {
    let running: VllmDeployment | undefined;
    let targets: string[];

    beforeAll(async () => {
      const model = await tinyModel(python);
      running = await startDeployment({ python, model, hasLmcache });
      targets = running.engines.flatMap(({ id, url }) => ['--engine', `${id}=${url}`]);
      if (running.lmcache !== undefined) targets.push('--lmcache', running.lmcache);
    }, 2 * VLLM_START_MS);
    afterAll(() => running?.[Symbol.asyncDispose](), MINUTE_MS);

    /** One request at a time and one token of it, as in the measurement by hand; 72 per arm are the fewest that resolve a p95. */
    const verify = (policy: string, arms: string): Promise<Json> =>
      documentOf(
        `verify --routing ${policy} --arms ${arms} --rounds 8 --requests-per-block 9 --seed 1 --concurrency 1 --output-tokens 1 --prefix-tokens ${PREFIX_TOKENS} --listen-port 0 --prom-port 0`,
        targets,
      );

    it(
      'passes every check of doctor',
      async () => {
        const { checks } = await documentOf('doctor', targets);
        expect(checks.filter(({ outcome }: Json) => outcome !== 'pass')).toEqual([]);
      },
      2 * MINUTE_MS,
    );

    it(
      'answers request with the prefix cached the second time',
      async () => {
        const prompt = Array.from({ length: 400 }, (_, index) => `request${index}`).join(' ');
        const { exitCode } = await documentOf(
          `request --url ${running!.engines[0]!.url} --count 2 --expect-cached-tokens 256`,
          ['--prompt', prompt],
        );
        expect(exitCode).toBe(0);
      },
      MINUTE_MS,
    );

    it(
      'takes load without a failure',
      async () => {
        const url = running!.engines[0]!.url;
        const result = await documentOf(`load --url ${url} --requests 12 --concurrency 2`);
        expect(result).toMatchObject({ exitCode: 0 });
      },
      2 * MINUTE_MS,
    );

    it(
      'is found to route, and to gain what a direct measurement gains',
      async () => {
        const engines = running!.engines.map(({ url }) => url);
        // As verify has them: whole blocks, and some tokens more.
        const promptTokens = PREFIX_TOKENS + 16;
        const asked = { engines, model: SERVED_NAME, promptTokens, prompts: 27 };
        // On both sides of it, as a machine is quicker at one time than at another.
        const before = await directTimes({ ...asked, name: 'before' });
        const result = await verify(routing, 'BCD');
        const direct = directRatio([before, await directTimes({ ...asked, name: 'after' })]);
        const gain = result.comparisons.find(({ id }: Json) => id === 'cache-gain');
        console.warn(name, { direct, verify: gain.value, interval: gain.interval });
        expect(outcomesOf(result, ['preferred-hit-rate', 'routing-gain', 'cache-gain'])).toEqual({
          'preferred-hit-rate': 'pass',
          'routing-gain': 'pass',
          'cache-gain': 'pass',
        });
        // Both are measured, and neither is nearer to the truth.
        expect(direct.low).toBeLessThanOrEqual(gain.interval.high);
        expect(direct.high).toBeGreaterThanOrEqual(gain.interval.low);
      },
      10 * MINUTE_MS,
    );

    it(
      'is found not to route where the gateway chooses blindly',
      async () => {
        const { exitCode, checks } = await verify('random', 'C');
        const failed = checks.filter(({ outcome }: Json) => outcome === 'fail');
        expect({ exitCode, failed: failed.map(({ id }: Json) => id) }).toMatchObject({
          exitCode: 1,
          failed: expect.arrayContaining(['preferred-hit-rate']),
        });
      },
      10 * MINUTE_MS,
    );
  });
});
