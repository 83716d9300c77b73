import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get, request } from 'node:http';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { pollUntil } from '../../src/base/poll.ts';
import { finished, kvcache, startKvcache } from '../helpers/exec.ts';
import { configText, served, startUpstream } from '../helpers/gateway.ts';
import { survivors } from '../helpers/processes.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kvcache-workers-'));
  file = join(folder, 'conf.yaml');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const until = async (probe: () => boolean | Promise<boolean>): Promise<void> => {
  const found = async (): Promise<true | undefined> => (await probe()) || undefined;
  expect(await pollUntil(found, { clock: systemClock, deadlineMs: 20_000 })).toBe(true);
};

/** Over a connection of its own, so that workers take turns; gives the answer's headers. */
function chat(url: string, content: string): Promise<Record<string, unknown>> {
  const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content }] });
  return new Promise((resolve, reject) => {
    const agent = new Agent({ keepAlive: false });
    const sent = request(`${url}/v1/chat/completions`, { method: 'POST', agent }, (answer) => {
      answer.resume().on('end', () => resolve(answer.headers));
    });
    // One that was on its way to a worker as it died is lost.
    sent.setTimeout(2_000, () => sent.destroy(new Error('no answer')));
    sent.on('error', reject).end(body);
  });
}

async function pageOf(url: string): Promise<string> {
  const [answer] = await once(get(url), 'response');
  let text = '';
  for await (const piece of answer as AsyncIterable<Buffer>) text += piece.toString();
  return text;
}

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.split(' ').filter(Boolean).map(Number);
}

async function startTwo() {
  const child = startKvcache(['gateway', 'start', '-c', file, '--workers', '2', '--json']);
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  const { url, metricsUrl } = JSON.parse(line.toString()) as { url: string; metricsUrl: string };
  return { child, url, metricsUrl };
}

describe('gateway start --workers', () => {
  it('serves from all workers, which tell each other what went where, and replaces one that dies', async () => {
    await using a = await startUpstream(served('a'));
    await using b = await startUpstream(served('b'));
    const endpoints = [
      { id: 'a', port: a.port },
      { id: 'b', port: b.port },
    ];
    const filters = `{name: dgp.filter.ai.kvcache, config: {enabled: true, vllm_endpoint: "http://127.0.0.1:${a.port}"}}`;
    writeFileSync(
      file,
      configText({ endpoints, filters, extension: '{routing: {policy: prefix}}' }),
    );
    const { child, url, metricsUrl } = await startTwo();
    const prompt = 'the beginning of all of them '.repeat(40);
    const seen: unknown[] = [];
    for (let at = 0; at < 12; at++) {
      seen.push((await chat(url, prompt + at))['x-kvcache-endpoint']);
    }
    expect(new Set(seen).size).toBe(1);
    await until(async () => {
      await Promise.all(Array.from({ length: 8 }, (_, at) => chat(url, `${prompt}again ${at}`)));
      const page = await pageOf(metricsUrl);
      return [1, 2].every((it) => page.includes(`reason="prefix-hit",worker="${it}"`));
    });
    const [first] = await childrenOf(child.pid!);
    process.kill(first!, 'SIGKILL');
    await until(async () => {
      await chat(url, prompt).catch(() => {});
      return /reason="[\w-]+",worker="3"/.test(await pageOf(metricsUrl));
    });
    const workers = await childrenOf(child.pid!);
    const ended = finished(child);
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
    expect(await survivors(workers, 5_000)).toEqual([]);
  });

  it('reloads in every worker, and leaves none behind when it is killed', async () => {
    await using a = await startUpstream(served('a'));
    await using b = await startUpstream(served('b'));
    writeFileSync(file, configText({ endpoints: [{ id: 'a', port: a.port }] }));
    const { child, url } = await startTwo();
    writeFileSync(file, configText({ endpoints: [{ id: 'b', port: b.port }] }));
    child.kill('SIGHUP');
    await until(async () => {
      const headers = await Promise.all(['1', '2', '3', '4'].map((it) => chat(url, it)));
      return headers.every((it) => it['x-kvcache-endpoint'] === 'b');
    });
    const workers = await childrenOf(child.pid!);
    expect(workers).toHaveLength(2);
    child.kill('SIGKILL');
    expect(await survivors(workers, 10_000)).toEqual([]);
  });

  it('ends with the first one’s complaint, told once', async () => {
    writeFileSync(file, 'static_resources: {}\n');
    const { code, stderr } = await kvcache(['gateway', 'start', '-c', file, '--workers', '2']);
    expect(code).toBe(2);
    expect(stderr.match(/CONFIG_INVALID/g)).toHaveLength(1);
    expect((await kvcache(['gateway', 'start', '-c', file, '--workers', '0'])).code).toBe(2);
  });
});
