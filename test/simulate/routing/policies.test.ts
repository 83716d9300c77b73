import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { policyCalled } from '../../../src/simulate/routing/policies.ts';
import { conversationRows, fileOf } from '../mooncake-file.ts';
import { fleetOf, requestsIn, samplesOf } from '../scenes.ts';

const folder = mkdtempSync(join(tmpdir(), 'kvcache-policy-'));
afterAll(() => rmSync(folder, { recursive: true }));

let made = 0;
function moduleOf(text: string): string {
  const path = join(folder, `${made++}.mjs`);
  writeFileSync(path, text);
  return path;
}

const requests = requestsIn(fileOf(conversationRows(4, 40)));
const fleet = fleetOf(3, '8b-h100');
const run = (policy: string) => samplesOf(policy, { fleet, requests });

/** By all that docs/simulation.md says a policy is given. */
const OWN = `export const createPolicy = (whereabouts) => ({
  async decide({ cluster, headers }, { indexed }, tools) {
    const { chain } = indexed;
    const [first] = tools.turns.next(cluster, tools.nowMs());
    const { candidates, endpointId: remembered } = tools.prefix.choose(indexed, cluster);
    const known = [whereabouts.truth(), whereabouts.events()].map((it) => [...it.heldTokens]);
    const { holdings } = whereabouts.controller();
    const isWhole =
      chain.low.length === chain.count && chain.high.length === chain.count &&
      cluster.endpoints.every((it) => it.isHealthy && it.inFlight >= 0) &&
      candidates.length === 3 && known[0].join() === known[1].join() &&
      Array.isArray(holdings) && headers['x-session-id'] === undefined &&
      tools.random.next() < 1 && (remembered === undefined || typeof remembered === 'string');
    if (!isWhole) throw new Error('something is not as it is written');
    const best = known[0].indexOf(Math.max(...known[0]));
    const endpointId = known[0][best] > 0 ? cluster.endpoints[best].config.id : first.config.id;
    return { policy: 'mine', reason: 'policy', endpointId, promptTokens: chain.promptTokens };
  },
});`;

describe('a policy of somebody else', () => {
  it('decides by what it is given', async () => {
    const samples = await run(moduleOf(OWN));
    expect(samples).toHaveLength(40);
    expect(samples.every((it) => it.heldTokens === it.bestTokens)).toBe(true);
    expect(samples.some((it) => it.cachedTokens > 0)).toBe(true);
  });

  it('leaves the choice to round robin where it names no engine', async () => {
    const none = "{ policy: 'mine', reason: 'policy', endpointId: undefined }";
    const samples = await run(moduleOf(`export const policy = { decide: () => (${none}) };`));
    expect(samples.slice(0, 6).map((it) => it.engine)).toEqual([0, 1, 2, 0, 1, 2]);
  });

  it.each([
    ['cannot be loaded', 'export const policy = {'],
    ['exports no policy', 'export const other = 1;'],
    ['failed', "export const policy = { decide: () => { throw new Error('no'); } };"],
    ['decided nothing', 'export const policy = { decide() {} };'],
  ])('is refused, naming it, when it %s', async (why, text) => {
    const path = moduleOf(text);
    await expect(run(path)).rejects.toMatchObject({
      code: 'POLICY_MODULE_INVALID',
      message: expect.stringMatching(new RegExp(`${path}.*${why}`)),
    });
  });

  it('is refused by a name that nobody has', async () => {
    await expect(policyCalled('nearest', '.')).rejects.toMatchObject({ code: 'POLICY_UNKNOWN' });
  });
});
