import { once } from 'node:events';
import { mkdtemp, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChildProcess } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { pollUntil } from '../../src/base/poll.ts';
import { finished, kvcache, ROOT, startKvcache } from '../helpers/exec.ts';
import { configText, served, startUpstream } from '../helpers/gateway.ts';

interface Ready {
  ready: true;
  role: string;
  id: string;
  url: string;
  metricsUrl: string | null;
  adminUrl: string | null;
  pid: number;
}

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kvcache-gateway-'));
  file = join(folder, 'conf.yaml');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const CHAT = { method: 'POST', body: '{"model":"m","messages":[{"role":"user","content":"hi"}]}' };

async function ready(child: ChildProcess): Promise<Ready> {
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  return JSON.parse(line.toString()) as Ready;
}

function collect(child: ChildProcess): () => string {
  let text = '';
  child.stderr!.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return () => text;
}

const until = (probe: () => boolean | Promise<boolean>): Promise<boolean | undefined> =>
  pollUntil(async () => (await probe()) || undefined, { clock: systemClock, deadlineMs: 10_000 });

async function servedBy(url: string): Promise<string> {
  const answer = await fetch(`${url}/v1/x`, CHAT);
  return ((await answer.json()) as { served_by: string }).served_by;
}

describe('gateway start', () => {
  it('prints one ready line, serves, and ends well on SIGTERM', async () => {
    await using engine = await startUpstream(served('a'));
    await writeFile(
      file,
      configText({ endpoints: [{ id: 'a', port: engine.port }], extension: '{admin: {port: 0}}' }),
    );
    const child = startKvcache(['gateway', 'start', '-c', file, '--json']);
    const line = await ready(child);
    expect(line).toMatchObject({ ready: true, role: 'gateway', id: 'main', pid: child.pid });
    expect(await servedBy(line.url)).toBe('a');
    expect(await (await fetch(line.metricsUrl!)).text()).toContain(
      'pixiu_llm_upstream_requests_total',
    );
    expect(await (await fetch(`${line.adminUrl}/health`)).json()).toEqual({
      ok: true,
      component: 'gateway',
    });
    child.kill('SIGTERM');
    expect((await finished(child)).code).toBe(0);
  });

  it('is pixiu when called through a symlink, config by environment', async () => {
    await using engine = await startUpstream(served('a'));
    await writeFile(file, configText({ endpoints: [{ id: 'a', port: engine.port }] }));
    const pixiu = join(folder, 'pixiu');
    await symlink(join(ROOT, 'bin/kvcache.js'), pixiu);
    const child = startKvcache(['gateway', 'start'], {
      file: pixiu,
      env: {
        DUBBOGO_PIXIU_CONFIG: file,
        DUBBOGO_PIXIU_LOG_LEVEL: 'error',
        DUBBOGO_PIXIU_LIMIT_CPUS: '2',
      },
    });
    const log = collect(child);
    expect(await until(() => log().includes('gateway ready on http://127.0.0.1:'))).toBe(true);
    expect(await servedBy(/http:\/\/127\.0\.0\.1:\d+/.exec(log())![0])).toBe('a');
    child.kill('SIGINT');
    expect(await finished(child)).toMatchObject({ code: 0, stdout: '' });
  });

  it('reloads a changed file and on SIGHUP, and keeps the old config when the new one is bad', async () => {
    await using a = await startUpstream(served('a'));
    await using b = await startUpstream(served('b'));
    await writeFile(file, configText({ endpoints: [{ id: 'a', port: a.port }] }));
    const child = startKvcache(['gateway', 'start', '-c', file, '--json']);
    const log = collect(child);
    const { url } = await ready(child);
    expect(await servedBy(url)).toBe('a');
    await writeFile(file, configText({ endpoints: [{ id: 'b', port: b.port }] }));
    expect(await until(async () => (await servedBy(url)) === 'b')).toBe(true);
    // Another file with the same time, as a copy that keeps times makes it.
    const { atime, mtime } = await stat(file);
    await writeFile(`${file}.new`, configText({ endpoints: [{ id: 'a', port: a.port }] }));
    await Promise.all([file, `${file}.new`].map((it) => utimes(it, atime, mtime)));
    // Let the watcher see the time as `utimes` writes it.
    expect(await until(() => log().split('reloaded').length >= 3)).toBe(true);
    await rename(`${file}.new`, file);
    expect(await until(async () => (await servedBy(url)) === 'a')).toBe(true);
    await writeFile(file, 'static_resources: [broken');
    child.kill('SIGHUP');
    expect(await until(() => log().includes('the old config stays in force'))).toBe(true);
    expect(log()).toMatch(/conf\.yaml:1:\d+/);
    expect(await servedBy(url)).toBe('a');
    child.kill('SIGTERM');
    expect((await finished(child)).code).toBe(0);
  });

  it('ends when its parent goes away', async () => {
    await writeFile(file, configText({ endpoints: [{ id: 'a', port: 1 }] }));
    const parent = join(folder, 'parent.mjs');
    await writeFile(
      parent,
      `import { fork } from 'node:child_process';
       const child = fork(process.argv[2], ['gateway', 'start', '-c', process.argv[3], '--json'], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
       child.stdout.on('data', (line) => process.stdout.write(line, () => process.kill(process.pid, 'SIGKILL')));`,
    );
    const child = startKvcache([parent, join(ROOT, 'bin/kvcache.js'), file], {
      file: process.execPath,
    });
    const { pid } = await ready(child);
    const isGone = await until(() => {
      try {
        process.kill(pid, 0);
        return false;
      } catch {
        return true;
      }
    });
    expect(isGone).toBe(true);
  });
});

describe('what is wrong is said, without a stack trace', () => {
  it.each([
    ['a missing file', ['-c', 'no-such.yaml'], 'FILE_UNREADABLE'],
    ['an unknown log level', ['-c', 'x.yaml', '-l', 'loud'], 'LOG_LEVEL_INVALID'],
    ['an unknown log format', ['-c', 'x.yaml', '-f', 'xml'], 'LOG_FORMAT_INVALID'],
    ['a CPU limit that is no number', ['-c', 'x.yaml', '-m', 'many'], 'NUMBER_INVALID'],
  ])('%s', async (_what, args, code) => {
    const result = await kvcache(['gateway', 'start', ...args]);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(code);
    expect(result.stderr).not.toContain('    at ');
  });

  it('a bad config, with its place', async () => {
    await writeFile(file, configText({ endpoints: [{ id: 'a', port: 99_999 }] }));
    const result = await kvcache(['gateway', 'start', '-c', file]);
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(/conf\.yaml:\d+:\d+/);
  });

  it('a taken port', async () => {
    await using engine = await startUpstream(served('a'));
    const text = configText({ endpoints: [{ id: 'a', port: 1 }] });
    await writeFile(file, text.replace('port: 0}}', `port: ${engine.port}}}`));
    const result = await kvcache(['gateway', 'start', '-c', file]);
    expect(result).toMatchObject({ code: 3 });
    expect(result.stderr).toContain('PORT_TAKEN');
  });
});

describe('gateway explain', () => {
  it('says where a request would go, sending nothing upstream', async () => {
    await using engine = await startUpstream((_request, response, body) => {
      const count = body.length > 0 ? 3 : 0;
      response.end(
        JSON.stringify({
          count,
          tokens: [1, 2, 3],
          max_model_len: 8,
          layout_info: { a: ['ram', 3] },
          event_id: 'e',
        }),
      );
    });
    const url = `http://127.0.0.1:${engine.port}`;
    const kvcacheFilter = `{name: dgp.filter.ai.kvcache, config: {enabled: true, vllm_endpoint: "${url}", lmcache_endpoint: "${url}", token_cache: {enabled: true}}}`;
    await writeFile(
      file,
      configText({
        endpoints: [{ id: 'a', port: engine.port }],
        filters: kvcacheFilter,
        extension:
          '{admin: {port: 0}, routing: {minimum_match_tokens: 1, tokenize_timeout: 2s, lookup_timeout: 2s}}',
      }),
    );
    const child = startKvcache(['gateway', 'start', '-c', file, '--json']);
    const { adminUrl } = await ready(child);
    const json = await kvcache([
      'gateway',
      'explain',
      '--admin-url',
      adminUrl!,
      '--prompt',
      'hello',
      '--model',
      'm',
      '--json',
    ]);
    expect(json.code).toBe(0);
    expect(JSON.parse(json.stdout)).toMatchObject({
      schema: 'kvcache.explain/v1',
      cluster: 'llm',
      endpointId: 'a',
      reason: 'hit',
    });
    const text = await kvcache([
      'gateway',
      'explain',
      '--admin-url',
      adminUrl!,
      '--prompt',
      'hello',
    ]);
    expect(text.stdout).toMatch(/^cluster +llm/);
    expect(engine.seen.map((it) => it.url)).not.toContain('/v1/chat/completions');
    child.kill('SIGTERM');
    await finished(child);
  });
});
