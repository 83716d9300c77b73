import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kvcache } from '../helpers/exec.ts';
import { answerJson, testServer, type TestServer } from '../integration/load-server.ts';

interface Found {
  schema: string;
  outcome: string;
  checks: { id: string; outcome: string }[];
  curves: { arm: string; end: string; held: number | null; steps: { rate: number }[] }[];
  routingOff: string | null;
}

/** So far from what mocks on this machine take that a busy moment changes nothing. */
const SLO = ['--slo', 'latency.p50 < 2s'];

describe('a search for the most that is carried', () => {
  let folder: string;
  let samples: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kvcache-capacity-'));
    samples = join(folder, 'run.ndjson');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const server = (status: number): Promise<TestServer> =>
    testServer((response, request) => {
      response.statusCode = request.url === '/v1/chat/completions' ? status : 404;
      answerJson(response);
    });

  it('is inconclusive when its budget ends it, keeps what it saw, and is rebuilt from its log', async () => {
    await using up = await server(200);
    const flags = ['--model', 'm', '--rate', '150', '--requests', '330', '--samples', samples];
    const done = await kvcache([
      'load',
      '--url',
      up.url,
      '--find',
      'rate',
      ...SLO,
      ...flags,
      '--json',
    ]);
    expect(done.code).toBe(4);
    const found = JSON.parse(done.stdout) as Found;
    expect(found).toMatchObject({ schema: 'kvcache.capacity/v1', outcome: 'inconclusive' });
    expect(found.curves).toMatchObject([{ arm: '', end: 'budget' }]);
    const rates = found.curves[0]!.steps.map(({ rate }) => rate);
    expect(rates[0]).toBe(150);
    const again = await kvcache(['report', samples]);
    expect(again.code).toBe(4);
    for (const rate of rates) expect(again.stdout).toMatch(new RegExp(`^${rate}/s `, 'm'));
  });

  it('could not run where nothing is answered, and says what came back', async () => {
    await using up = await server(503);
    const done = await kvcache(['load', '--url', up.url, '--model', 'm', '--find', 'knee']);
    expect(done.code).toBe(3);
    expect(done.stdout).toContain('HTTP 503');
  });
});
