import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Check } from '../../../src/base/outcome.ts';
import { kvcache, type ExecResult } from '../../helpers/exec.ts';
import { type Lies, type StandIn, startController, startEngine } from '../../helpers/stand-ins.ts';

const open: StandIn[] = [];

afterEach(() => {
  for (const standIn of open.splice(0)) standIn.close();
});

interface StandInLies {
  controller?: Lies;
  a?: Lies;
  b?: Lies;
}

/** `run mock` on the embedded gateway, its three backends replaced by stand-ins that already run. */
async function runOnStandIns(lies: StandInLies, args: readonly string[] = []): Promise<ExecResult> {
  const controller = await startController(lies.controller);
  const a = await startEngine('mock-llm-a', lies.a);
  const b = await startEngine('mock-llm-b', lies.b);
  open.push(controller, a, b);
  return kvcache(['run', 'mock', '--ports', 'auto', '--settle', '1500ms', ...args], {
    env: {
      LMCACHE_ADMIN: controller.url,
      ENGINE_A_ADMIN: a.url,
      ENGINE_B_ADMIN: b.url,
      TMPDIR: await mkdtemp(join(tmpdir(), 'kvcache-e2e-')),
    },
  });
}

it('passes on backends that only obey the interface, and says that it uses them', async () => {
  const result = await runOnStandIns({});
  expect([result.code, result.stderr]).toEqual([0, '']);
  expect(result.stdout.match(/using the one that runs there/g)).toHaveLength(3);
  expect(open[0]!.seen).toContain('pin');
});

describe('exactly one check fails when', () => {
  const cases: [string, string, StandInLies, string][] = [
    [
      'engine A never saw a tokenize call',
      'tokenize-called',
      { a: { frozen: ['tokenize_calls'] } },
      'tokenize_calls = 0',
    ],
    [
      'the controller never saw a lookup',
      'lookup-called',
      { controller: { frozen: ['lookup_calls'] } },
      'lookup_calls = 0',
    ],
    [
      'the controller never saw a pin',
      'pin-called',
      { controller: { frozen: ['pin_calls'] } },
      'pin_calls = 0',
    ],
    [
      'another engine served the repeat',
      'repeat-served-by-preferred',
      { b: { servedBy: 'somebody' } },
      'served_by = somebody (body served_by)',
    ],
    [
      'engine B counted no chat',
      'preferred-engine-chatted',
      { b: { frozen: ['chat_calls'] } },
      'chat_calls = 0',
    ],
  ];

  it.each(cases)('%s: %s', async (_when, id, lies, actual) => {
    const result = await runOnStandIns(lies, ['--json']);
    expect(result.code).toBe(1);
    const { outcome, checks } = JSON.parse(result.stdout) as { outcome: string; checks: Check[] };
    expect(outcome).toBe('fail');
    expect(checks.filter((check) => check.outcome !== 'pass').map((check) => check.id)).toEqual([
      id,
    ]);
    const failed = checks.find((check) => check.id === id)!;
    expect(failed.actual).toBe(actual);
    expect(failed.remedy).not.toBe('');
    expect(result.stderr).toContain(`FAIL ${failed.claim} [${id}]`);
    expect(result.stderr).toContain(`expected ${failed.expected}, got ${actual}`);
    expect(result.stderr).toMatch(/^FAIL 4 of 5 checks hold/m);
    expect(result.stderr).toMatch(/^logs kept in /m);
  });
});

it('judges all five, each with its own line, when nothing works', async () => {
  const everything = ['tokenize_calls', 'lookup_calls', 'pin_calls', 'chat_calls'];
  const dead = { frozen: everything, servedBy: 'nobody' };
  const result = await runOnStandIns({ controller: dead, a: dead, b: dead }, ['-q']);
  expect(result.code).toBe(1);
  expect(result.stdout.match(/^FAIL .*\[[a-z-]+\]$/gm)).toHaveLength(5);
  expect(result.stdout).toMatch(/^FAIL 0 of 5 checks hold/m);
});

it('judges the config it is given: without the kvcache filter nothing is looked up', async () => {
  const [controller, a, b] = await Promise.all([
    startController(),
    startEngine('mock-llm-a'),
    startEngine('mock-llm-b'),
  ]);
  open.push(controller, a, b);
  const config = join(await mkdtemp(join(tmpdir(), 'kvcache-e2e-')), 'conf.yaml');
  await writeFile(config, plainProxyConfig([a, b]));
  const result = await kvcache(['run', 'mock', '--settle', '1500ms', '-q'], {
    env: {
      PIXIU_CONFIG: config,
      LMCACHE_ADMIN: controller.url,
      ENGINE_A_ADMIN: a.url,
      ENGINE_B_ADMIN: b.url,
    },
  });
  expect(result.code).toBe(1);
  expect(result.stdout).toContain('[lookup-called]');
  expect(controller.seen).toEqual([]);
});

function plainProxyConfig(engines: readonly StandIn[]): string {
  const endpoints = engines.map(({ url }, index) => ({
    id: `mock-llm-${'ab'[index]}`,
    socket_address: { address: '127.0.0.1', port: Number(new URL(url).port) },
    llm_meta: { retry_policy: { name: 'NoRetry' } },
  }));
  const manager = {
    name: 'dgp.filter.httpconnectionmanager',
    config: {
      route_config: {
        routes: [{ match: { prefix: '/v1/chat/completions' }, route: { cluster: 'mock_llm' } }],
      },
      http_filters: [{ name: 'dgp.filter.llm.proxy', config: { timeout: '30s', scheme: 'http' } }],
    },
  };
  // JSON is YAML.
  return JSON.stringify({
    static_resources: {
      listeners: [
        {
          name: 'net/http',
          protocol_type: 'HTTP',
          address: { socket_address: { address: '127.0.0.1', port: 0 } },
          filter_chains: { filters: [manager] },
        },
      ],
      clusters: [{ name: 'mock_llm', lb_policy: 'RoundRobin', endpoints }],
    },
  });
}
