import { spawn, spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { served, startTestGateway, startUpstream } from '../helpers/gateway.ts';

const isInstalled = spawnSync('promtool', ['--version']).status === 0;
if (!isInstalled) console.warn('skipped: promtool is not on PATH (Debian package: prometheus)');

function checkMetrics(text: string): Promise<{ code: number | null; output: string }> {
  const child = spawn('promtool', ['check', 'metrics']);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => (output += chunk));
  child.stdin.end(text);
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })));
}

it.skipIf(!isInstalled)(
  'promtool accepts every metric of ours that the gateway exports',
  async () => {
    await using engine = await startUpstream(served('a'));
    await using gateway = await startTestGateway({
      endpoints: [{ id: 'a', port: engine.port }],
      filters: '{name: dgp.filter.llm.tokenizer}',
    });
    const body = JSON.stringify({ model: 'm', messages: [] });
    await (await fetch(`${gateway.url}/v1/chat/completions`, { method: 'POST', body })).text();
    const text = await (await fetch(gateway.metricsUrl!)).text();
    expect(text).toContain('pixiu_llm_upstream_requests_total');
    const { output } = await checkMetrics(text);
    // Pixiu counts microseconds; its names are kept as they are.
    const complaints = output
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('pixiu_'));
    expect(complaints).toEqual([]);
  },
);
