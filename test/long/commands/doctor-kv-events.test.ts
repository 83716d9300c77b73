import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import type { Finding } from '../../../src/base/outcome.ts';
import { examine } from '../../../src/doctor/doctor.ts';
import { engineTarget } from '../../../src/target/targets.ts';
import { gatewayConfig } from '../../helpers/gateway.ts';
import { startTestFleet, type TestFleet } from '../../helpers/mock-fleet.ts';
import { targetsOf } from '../../helpers/targets.ts';

let fleet: TestFleet;
afterEach(() => fleet.close());

const IDS = ['engine-a', 'engine-b', 'engine-c', 'engine-d'];

/** A stream of events that says what it is told to. */
async function stream(text: string): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => server.closeAllConnections() ?? void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`;
}

const eventsOf = (index: number): string => `${fleet.urls.engines[index]}/__mock/events`;

/** What the doctor finds of the KV events of each engine; `urls` in the engines' order. */
async function find(urls: readonly string[], given = 'flags'): Promise<Finding[]> {
  const sources = urls.map((url, at) => ({ endpointId: IDS[at]!, url, replay: '', topic: '' }));
  const targets = targetsOf({
    engines: urls.map((_, at) => engineTarget(IDS[at]!, fleet.urls.engines[at]!)),
    model: 'mock-model',
    kvEvents: given === 'flags' ? sources : [],
  });
  const texts = sources.map(({ endpointId, url }) => `{endpoint: ${endpointId}, url: "${url}"}`);
  const config = gatewayConfig({
    endpoints: urls.map((_, at) => ({ id: IDS[at]!, port: 1 })),
    extension: `{kv_events: {sources: [${texts.join(', ')}]}}`,
  });
  const found = await examine({
    targets,
    config: given === 'config' ? config : undefined,
    clock: systemClock,
    nonce: 'nonce',
  });
  return found.filter(({ id }) => id === 'kv-events');
}

const start = async (count: number, vllm = '0.32.0'): Promise<void> => {
  const profile = { base: 'instant' };
  fleet = await startTestFleet({
    controller: null,
    engines: [{ count, vllm, kvEvents: true, profile }],
  });
};

const statesOf = (found: readonly Finding[]) =>
  found.map(({ outcome, facts }) => [outcome, facts!['state']]);

describe('doctor hears KV events', () => {
  it.each(['0.32.0', '0.9.2'])('that agree with what engines report (vLLM %s)', async (vllm) => {
    await start(2, vllm);
    const found = await find([eventsOf(0), eventsOf(1)]);
    expect(statesOf(found)).toEqual([
      ['pass', 'agrees'],
      ['pass', 'agrees'],
    ]);
    const { toldTokens, reportedTokens } = found[0]!.facts!;
    expect(toldTokens).toBeGreaterThan(100);
    expect(toldTokens).toBe(reportedTokens);
  });

  it('from the sources of a gateway config, where no flag names any', async () => {
    await start(1);
    expect(statesOf(await find([eventsOf(0)], 'config'))).toEqual([['pass', 'agrees']]);
  });

  it('of another engine than was said', async () => {
    await start(2);
    const found = await find([eventsOf(1), eventsOf(0)]);
    expect(statesOf(found)).toEqual([
      ['fail', 'disagrees'],
      ['fail', 'disagrees'],
    ]);
    expect(found[1]!.remedy).toContain('given for engine-a');
  });

  it('that never come, cannot be read, or are not to be had', async () => {
    await start(4);
    const nothing = await stream(': nothing to tell\n\n');
    const rubbish = await stream('id: 0\ndata: {"blocks": 5}\n\n');
    const found = await find([eventsOf(0), nothing, rubbish, `${fleet.urls.engines[3]}/health`]);
    expect(statesOf(found)).toEqual([
      ['pass', 'agrees'],
      ['fail', 'silent'],
      ['fail', 'unreadable'],
      ['error', 'unreached'],
    ]);
    for (const { outcome, remedy } of found) expect(remedy === '').toBe(outcome === 'pass');
  });

  it('of a batch that was lost for good', async () => {
    await start(1);
    // A batch, and then the fourth; those between it never has.
    const stored = {
      type: 'BlockStored',
      block_hashes: [1],
      parent_block_hash: null,
      token_ids: Array.from({ length: 16 }, (_, at) => at),
      block_size: 16,
    };
    const batch = (seq: number, events: object[]): string =>
      `id: ${seq}\ndata: ${JSON.stringify({ ts: 1, events })}\n\n`;
    const [found] = await find([await stream(batch(0, [stored]) + batch(3, []))]);
    expect([found!.outcome, found!.facts!['state']]).toEqual(['fail', 'gaps']);
    expect(found!.remedy).toContain('replay=');
  });

  it('that cannot be compared where the engine reports no cached tokens', async () => {
    fleet = await startTestFleet({
      controller: null,
      engines: [{ kvEvents: true, promptTokensDetails: false, profile: { base: 'instant' } }],
    });
    const [found] = await find([eventsOf(0)]);
    expect([found!.outcome, found!.facts!['state']]).toEqual(['inconclusive', 'incomparable']);
    expect(found!.remedy).toContain('--enable-prompt-tokens-details');
  });

  it('only where there is a source', async () => {
    await start(1);
    expect(await find([])).toEqual([]);
  });
});
