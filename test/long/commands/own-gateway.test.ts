import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../../src/stack/free-ports.ts';
import { finished, kvcache, startKvcache } from '../../helpers/exec.ts';

const cwd = mkdtempSync(join(tmpdir(), 'own-gateway-'));

/** A gateway in a few lines: requests that begin alike go to one engine, or with `blind` in turn. */
const GATEWAY = `
import { createServer, request } from 'node:http';
import { writeFileSync } from 'node:fs';
const [port, how, ...engines] = process.argv.slice(2);
writeFileSync('pid-' + how, String(process.pid));
let turn = 0;
createServer((incoming, answer) => {
  const chunks = [];
  incoming.on('data', (chunk) => chunks.push(chunk)).on('end', () => {
    const body = Buffer.concat(chunks);
    const sum = body.subarray(0, 400).reduce((all, byte) => (all * 31 + byte) % 9973, 7);
    const engine = engines[how === 'blind' ? (turn++ % 3) % engines.length : sum % engines.length];
    const { method, headers, url } = incoming;
    const onwards = request(engine + url, { method, headers }, (reply) => {
      answer.writeHead(reply.statusCode, reply.headers);
      reply.pipe(answer);
    });
    onwards.end(body);
  });
}).listen(Number(port), '127.0.0.1');
`;

const SCENARIO = `
name: repeats
title: prompts that come again
demonstrates: A repeated prompt goes to the engine that has it.
outcome: Repeats go to their holder.
fleet: { seed: 7, controller: { api: legacy }, engines: [{ count: 2, profile: instant }] }
gateway: { policy: lookup }
prompts:
  documents: { kind: unique, promptTokens: 512 }
drive:
  - { send: first, prompts: documents, requests: 10, maxTokens: 1 }
  - { send: second, prompts: documents, requests: 10, maxTokens: 1 }
expect:
  - id: repeats-served-by-holder
    claim: Repeated prompts were served by the engine that holds them
    measure: holder-rate
    steps: [second]
    # Ten of ten prove 72 %; by turns it would be three.
    atLeast: 0.7
    remedy: Route a prompt to where it was routed before.
  - id: predictions-kept
    claim: The engines had what the gateway said they have
    measure: unkept-prediction-share
    steps: [second]
    atMost: 0.02
    remedy: None.
`;

beforeAll(() => {
  writeFileSync(join(cwd, 'gateway.mjs'), GATEWAY);
  writeFileSync(join(cwd, 'repeats.yaml'), SCENARIO);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

interface RunDocument {
  outcome: string;
  routing: string | null;
  checks: { id: string; outcome: string }[];
}

describe('a scenario against a gateway of the user', () => {
  it.each([
    ['sticky', 0, 'pass'],
    ['blind', 1, 'fail'],
  ])('that is %s, started by a command', async (how, code, outcome) => {
    const command = `node gateway.mjs {port} ${how} {engines...}`;
    const args = ['run', './repeats.yaml', '--gateway-command', command, '--json'];
    const done = await kvcache(args, { cwd });
    expect([done.code, done.code === code ? '' : done.stderr]).toEqual([code, '']);
    const document = JSON.parse(done.stdout) as RunDocument;
    expect(document).toMatchObject({ outcome, routing: null });
    expect(document.checks.map(({ id }) => id)).toEqual(['repeats-served-by-holder']);
    expect(done.stderr).toContain('Left out, since only kvcache');
    expect(isAlive(Number(readFileSync(join(cwd, `pid-${how}`), 'utf8')))).toBe(false);
  });

  it('that runs already, before the ports that the mocks will have', async () => {
    const [portBase, port] = [20_000 + (process.pid % 20_000), await freePort()];
    const engines = [1, 2].map((offset) => `http://127.0.0.1:${portBase + offset}`);
    const { spawn } = await import('node:child_process');
    const args = ['gateway.mjs', String(port), 'running', ...engines];
    const gateway = spawn(process.execPath, args, { cwd, stdio: 'ignore' });
    try {
      await expect.poll(() => existsSync(join(cwd, 'pid-running')), { timeout: 30_000 }).toBe(true);
      const url = `http://127.0.0.1:${port}`;
      const run = [
        'run',
        './repeats.yaml',
        '--gateway',
        url,
        '--port-base',
        String(portBase),
        '-q',
      ];
      const done = await kvcache(run, { cwd });
      expect([done.code, done.code === 0 ? '' : done.stdout + done.stderr]).toEqual([0, '']);
      expect(gateway.exitCode).toBeNull();
    } finally {
      gateway.kill();
    }
  });

  it.each([
    [['--gateway', 'http://127.0.0.1:1'], 'PORT_BASE_MISSING'],
    [['--gateway', 'pixiu'], 'GATEWAY_NOT_FOR_SCENARIO'],
    [['--settle', '1s'], 'FLAG_FOR_SAMPLE'],
    [['--gateway-command', 'gw {port}', '--routing', 'random'], 'ROUTING_NOT_OURS'],
    [['--gateway-command', 'gw'], 'GATEWAY_COMMAND_INVALID'],
  ])('%j is refused', async (flags, code) => {
    const done = await kvcache(['run', './repeats.yaml', ...flags], { cwd });
    expect([done.code, done.stderr]).toEqual([2, expect.stringContaining(`[${code}]`)]);
  });
});

describe('a command beside the mocks', () => {
  const script =
    'fetch(process.env.KVCACHE_ENGINE_2 + "/health").then((it) => process.exit(it.status - 193))';

  it('finds them, and its exit code is handed on', async () => {
    const args = ['mock', 'up', '--port-base', '0', '--', 'node', '-e', script];
    const { code, stdout } = await kvcache(args);
    expect([code, stdout]).toEqual([7, '']);
  });

  it('is ended with us', async () => {
    const wait = 'console.log("up", process.pid); setInterval(() => {}, 1000)';
    const child = startKvcache(['mock', 'up', '--port-base', '0', '--', 'node', '-e', wait]);
    const end = finished(child);
    const pid = await new Promise<number>((resolve) => {
      child.stdout!.once('data', (text: Buffer) => resolve(Number(text.toString().split(' ')[1])));
    });
    child.kill('SIGTERM');
    expect((await end).code).toBe(143);
    expect(isAlive(pid)).toBe(false);
  });

  it.each([
    [['mock', 'up', 'npm', 'test'], 2, 'COMMAND_UNMARKED'],
    [['mock', 'up', '--port-base', '0', '--', '/nowhere/program'], 3, 'CHILD_NOT_STARTED'],
  ])('%j is told why not', async (args, code, reason) => {
    const done = await kvcache(args);
    expect([done.code, done.stderr]).toEqual([code, expect.stringContaining(`[${reason}]`)]);
  });
});
