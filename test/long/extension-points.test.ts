import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configText } from '../helpers/gateway.ts';
import { read } from '../helpers/documents.ts';
import { startEngineStandIn } from '../helpers/engine-stand-in.ts';
import type { ExecResult } from '../helpers/exec.ts';
import { type Json, send } from '../helpers/mock-fleet.ts';
import { POINTS } from './extension-points/points.ts';
import { Tree } from './extension-points/tree.ts';

interface Fleet {
  controller: { url: string };
  engines: { id: string; url: string }[];
}

const trees: Tree[] = [];
function newTree(): Tree {
  const tree = new Tree();
  trees.push(tree);
  return tree;
}
afterAll(() => trees.forEach((tree) => tree.remove()));

describe('what CONTRIBUTING.md promises', () => {
  it.each(POINTS)('is what is written for a $thing', ({ thing, files, rows, names = [] }) => {
    const line = read('CONTRIBUTING.md')
      .split('\n')
      .find((it) => it.startsWith(`| ${thing} |`));
    const [, , folders = '', tables = ''] = (line ?? '').split('|');
    const paths = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, it]) => it!);
    const written = [...rows, ...names].map(({ path }) => path);
    expect(paths(tables)).toEqual(written);
    const homes = files.map(({ path }) => path.replace(/[^/]+$/, ''));
    expect(paths(folders)).toEqual(homes);
  });
});

describe('what is forgotten', () => {
  it('does not compile: a name without its rows, a row without its file, a fault without effect', async () => {
    const tree = newTree();
    for (const point of POINTS) tree.add(point, point.names ? 'names' : 'rows');
    tree.addFile('mocks/faults/kinds/harmless.ts', 'fault-without-effect.ts');
    const { code, stdout } = await tree.tool('tsc', '-p', 'tsconfig.json', '--noEmit');
    expect(code).not.toBe(0);
    for (const { names, files, rows } of POINTS) {
      if (files.length === 0) continue;
      for (const { path } of rows) {
        const missing = names ? /'dummy' is missing/ : /Cannot find module '\.\/.*dummy\.ts'/;
        expect(linesOf(stdout, path)).toMatch(missing);
      }
    }
    expect(linesOf(stdout, 'mocks/faults/kinds/harmless.ts')).toMatch(/error TS2345/);
  });

  it('fails a test that names it: a file without its row', async () => {
    const tree = newTree();
    for (const point of POINTS) tree.add(point, 'files');
    const { stdout, stderr } = await tree.unitTests('test/house/tables');
    const sources = POINTS.flatMap(({ files }) => files).filter(({ path }) => path.endsWith('.ts'));
    expect(sources.length).toBeGreaterThan(6);
    for (const { path } of sources) expect(stdout + stderr).toContain(`"${path}"`);
  });
});

/** The messages of the compiler about one file. */
function linesOf(output: string, path: string): string {
  const lines = output.split('\n');
  return lines.filter((line) => line.startsWith(`${path}(`)).join('\n');
}

describe('one of each', () => {
  const tree = newTree();
  let fleet: { ready: Fleet; stop: () => Promise<void> };

  beforeAll(async () => {
    for (const point of POINTS) tree.add(point, 'files', 'rows', 'names');
    const { code, stdout } = await tree.tool('tsc', '-p', 'tsconfig.json');
    expect(stdout).toBe('');
    expect(code).toBe(0);
    writeFileSync(tree.path('completion.bash'), (await tree.kvcache('completion', 'bash')).stdout);
    const rules = '[{when: {route: /v1/models}, do: {dummy: {code: 418}}}]';
    writeFileSync(
      tree.path('fleet.yaml'),
      `{controller: {api: dummy}, engines: [{count: 2, dummyFlag: true}], faults: ${rules}}`,
    );
    fleet = await tree.serve('mock', 'up', '--port-base', '0', '--api', 'dummy', '--dummy-flag');
  }, 120_000);
  afterAll(() => fleet.stop());

  const helpOf = async (...command: string[]): Promise<string> =>
    (await tree.kvcache(...command, '--help')).stdout.replaceAll(/\s+/g, ' ');

  /** What bash offers once this is typed. */
  function offers(line: string): string[] {
    const words = line.split(' ');
    const script = `source ./completion.bash
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
_kvcache_completion; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const done = spawnSync('bash', ['--norc', '-c', script], { cwd: tree.root, encoding: 'utf8' });
    return done.stdout.trim().split('\n');
  }

  const jsonOf = ({ stdout }: ExecResult): Json => JSON.parse(stdout) as Json;

  const engineFlags = (): string[] =>
    fleet.ready.engines.flatMap(({ id, url }) => ['--engine', `${id}=${url}`]);
  const deployment = (): string[] => ['--lmcache', fleet.ready.controller.url, ...engineFlags()];

  /** A gateway before the fleet; its tests ask for nothing else. */
  function gatewayConfig(): string {
    const [first] = fleet.ready.engines;
    const file = tree.path('conf.yaml');
    const filter = `{enabled: true, vllm_endpoint: "${first!.url}", lmcache_endpoint: "${fleet.ready.controller.url}", default_model: mock-model}`;
    const text = configText({
      endpoints: fleet.ready.engines.map(({ id, url }) => ({
        id,
        port: Number(new URL(url).port),
      })),
      filters: `{name: dgp.filter.ai.kvcache, config: ${filter}}`,
      extension:
        '{routing: {policy: lookup, allow_header_override: true}, controller: {dialect: dummy}}',
    });
    writeFileSync(file, text);
    return file;
  }

  const chat = (content: string): object => ({
    model: 'mock-model',
    max_tokens: 1,
    messages: [{ role: 'user', content }],
  });

  it('policy and dialect: a gateway decides by the one and asks in the other', async () => {
    const gateway = await tree.serve<{ url: string }>(
      'gateway',
      'start',
      '-c',
      gatewayConfig(),
      '--json',
    );
    try {
      const url = `${gateway.ready.url}/v1/chat/completions`;
      expect((await send(url, chat('Who holds this?'))).status).toBe(200);
      const { json } = await send(`${fleet.ready.controller.url}/__mock/journal`);
      expect(json.entries).toContainEqual(
        expect.objectContaining({ route: '/dummy/lookup', status: 200 }),
      );
      for (const content of ['one', 'two', 'three']) {
        const headers = { 'x-kvcache-policy': 'dummy' };
        const { headers: answered } = await send(url, chat(content), { headers });
        expect(answered.get('x-kvcache-endpoint')).toBe('engine-b');
      }
    } finally {
      await gateway.stop();
    }
  });

  it('policy and scenario: a scenario names the policy, and so does a flag', async () => {
    const named = jsonOf(await tree.kvcache('run', 'dummy', '--json'));
    const text = readFileSync(tree.path('fixtures/scenarios/dummy.yaml'), 'utf8');
    writeFileSync(tree.path('dummy.yaml'), text.replace('policy: dummy', 'policy: round-robin'));
    const flagged = jsonOf(
      await tree.kvcache('run', './dummy.yaml', '--routing', 'dummy', '--json'),
    );
    const other = jsonOf(await tree.kvcache('run', './dummy.yaml', '--json'));
    for (const document of [named, flagged]) {
      expect(document).toMatchObject({ outcome: 'pass', routing: 'dummy' });
      expect(document.steps[0].servedBy).toEqual({ 'engine-b': 6 });
    }
    expect(other.steps[0].servedBy).toEqual({ 'engine-a': 3, 'engine-b': 3 });
    expect((await tree.kvcache('run', '--list')).stdout).toContain('a scenario that a file makes');
  });

  it('policy, dialect and scenario: help, completion and JSON Schema have them', async () => {
    expect(await helpOf('run')).toMatch(/--routing <policy>[^)]*one of dummy, lookup/);
    expect(await helpOf('verify')).toMatch(/--routing <policy>[^)]*one of dummy, lookup/);
    expect(await helpOf('mock', 'controller')).toMatch(/--api <name> dummy, /);
    expect(offers('kvcache run --routing d')).toEqual(['dummy']);
    expect(offers('kvcache verify --routing d')).toEqual(['dummy']);
    expect(offers('kvcache run d')).toContain('dummy');
    const { stdout } = await tree.kvcache('config', 'schema');
    const choices = [...stdout.matchAll(/"enum":\s*\[([^\]]*)\]/g)].map(([, names]) => names!);
    expect(choices.some((it) => it.includes('"dummy"') && it.includes('"lookup"'))).toBe(true);
    expect(choices.some((it) => it.includes('"dummy"') && it.includes('"coordinator"'))).toBe(true);
  });

  it('dialect and check: the doctor recognises the one and makes the other', async () => {
    const told = await tree.kvcache('doctor', ...deployment());
    expect(told.stdout).toContain('The dummy check was asked.');
    const { checks } = jsonOf(await tree.kvcache('doctor', ...deployment(), '--json'));
    expect(checks).toContainEqual(expect.objectContaining({ id: 'controller', actual: 'dummy' }));
    expect(checks).toContainEqual(expect.objectContaining({ id: 'lookup', outcome: 'pass' }));
    expect(checks).toContainEqual(expect.objectContaining({ id: 'dummy', actual: '2 engines' }));
  });

  it('engine: the doctor calls it by its name', async () => {
    const metrics = ({ requests }: { requests: number }): string =>
      `# TYPE dummy:requests counter\ndummy:requests_total ${requests}\n`;
    const engines = await Promise.all([1, 2].map(() => startEngineStandIn({ metrics })));
    try {
      const urls = engines.flatMap(({ url }) => ['--vllm', url]);
      const { checks } = jsonOf(await tree.kvcache('doctor', ...urls, '--json'));
      const kinds = (checks as Json[]).filter(({ id }) => id === 'engine-kind');
      expect(kinds.map(({ actual }) => actual as string)).toEqual([
        'Dummy Engine 4.2',
        'Dummy Engine 4.2',
      ]);
      expect(kinds[0].expected).toContain('Dummy Engine');
    } finally {
      engines.forEach((engine) => engine.close());
    }
  });

  it('format and flag of load: a report is written in the one, and runs that differ in the other are not compared', async () => {
    const [engine] = fleet.ready.engines;
    const run = async (dummy: string): Promise<void> => {
      const reporter = `dummy=${dummy}.txt,json=${dummy}.json`;
      const flags = ['--requests', '20', '--dummy', dummy, '--reporter', reporter];
      await tree.kvcache('load', '--url', engine!.url, ...flags);
    };
    await run('2');
    await run('3');
    expect(readFileSync(tree.path('2.txt'), 'utf8')).toMatch(/^dummy report of load: \w+\n$/);
    const compared = await tree.kvcache('report', 'compare', '2.json', '3.json');
    expect(compared.code).toBe(2);
    expect(compared.stderr).toContain('RUNS_INCOMPARABLE');
    expect(compared.stderr).toContain('dummy: 2 and 3');
    const help = await helpOf('load');
    expect(help).toContain('--dummy <n> a dummy of a flag (default: 1)');
    expect(help).toMatch(/--reporter <list> NAME or NAME=FILE,…: dummy, /);
    expect(await helpOf('report')).toContain('dummy a dummy of a report');
    expect(offers('kvcache load --du')).toEqual(['--dummy', '--duration']);
    expect(offers('kvcache load --reporter d')).toEqual(['dummy']);
  });

  it('fault and flag of the mocks: a fleet file has both, the header and the counts know the fault', async () => {
    const { ready, stop } = await tree.serve<Fleet>(
      ...['mock', 'up', '--port-base', '0', '--fleet', 'fleet.yaml'],
    );
    try {
      const [{ url }] = ready.engines as [{ url: string }];
      expect(await send(`${url}/v1/models`)).toMatchObject({ status: 418, text: 'dummy' });
      const headers = { 'x-mock-fault': 'dummy:code=299' };
      expect(await send(`${url}/v1/chat/completions`, chat('hi'), { headers })).toMatchObject({
        status: 299,
        text: 'dummy',
      });
      const { json } = await send(`${url}/__mock/journal`);
      expect((json.entries as Json[]).map(({ fault }) => fault as string)).toEqual([
        'dummy',
        'dummy',
      ]);
      expect((await send(`${url}/__mock/state`)).json.faults).toEqual({ dummy: 2 });
      expect((await send(`${url}/metrics`)).text).toMatch(
        /kvcache_mock_faults_total\{.*"dummy".*\} 2/,
      );
    } finally {
      await stop();
    }
    const both = await tree.kvcache('mock', 'up', '--fleet', 'fleet.yaml', '--dummy-flag');
    expect(both.code).toBe(2);
    expect(both.stderr).toContain('--dummy-flag does not go with --fleet');
    expect(await helpOf('mock', 'up')).toContain('--dummy-flag a dummy of a flag');
    expect(await helpOf('mock', 'engine')).toContain('--dummy-flag a dummy of a flag');
    expect(offers('kvcache mock up --du')).toEqual(['--dummy-flag']);
  });

  it('cause: a verification that fails names it', async () => {
    const size = ['--rounds', '2', '--requests-per-block', '4', '--seed', '1', '--nonce', 'n'];
    const ports = ['--listen-port', '0', '--prom-port', '0'];
    const routing = ['--routing', 'round-robin', '--arms', 'BC'];
    const flags = [...deployment(), ...ports, ...size, ...routing, '--quick', '--json'];
    const { cause } = jsonOf(await tree.kvcache('verify', ...flags));
    expect(cause).toMatchObject({ id: 'dummy', sentence: 'The dummy did it.' });
  });

  it('is missed by the documents, and tests say so', async () => {
    const { stdout } = await tree.unitTests(
      ...['test/config/docs', 'test/mocks/faults/kinds', 'test/report/formats.test.ts'],
      'test/verify/documented',
    );
    writeFileSync('/tmp/ext-docs.log', stdout);
  });
});
