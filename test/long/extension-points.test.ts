import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { read } from '../helpers/documents.ts';
import { startEngineStandIn } from '../helpers/engine-stand-in.ts';
import type { ExecResult } from '../helpers/exec.ts';
import { configText } from '../helpers/gateway.ts';
import { type Json, send } from '../helpers/mock-fleet.ts';
import { POINTS } from './extension-points/points.ts';
import { type Server, Tree } from './extension-points/tree.ts';

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
    const pathsIn = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, path]) => path!);
    expect(pathsIn(folders)).toEqual(files.map(({ path }) => path.replace(/[^/]+$/, '')));
    expect(pathsIn(tables)).toEqual([...rows, ...names].map(({ path }) => path));
  });
});

describe('what is forgotten', () => {
  it('does not compile: a name without its rows, a row without its file, a fault without effect', async () => {
    const tree = newTree();
    for (const point of POINTS) tree.add(point, point.names ? 'names' : 'rows');
    tree.addFile('mocks/faults/kinds/harmless.ts', 'fault-without-effect.ts');
    const { code, stdout } = await tree.tool('tsc', '-p', 'tsconfig.json', '--noEmit');
    expect(code).not.toBe(0);
    const saidOf = (path: string): string =>
      stdout
        .split('\n')
        .filter((line) => line.startsWith(`${path}(`))
        .join('\n');
    for (const { names, rows } of POINTS.filter(({ files }) => files.length > 0)) {
      const missing = names ? /'dummy' is missing/ : /Cannot find module '\.\/.*dummy\.ts'/;
      for (const { path } of rows) expect(saidOf(path)).toMatch(missing);
    }
    expect(saidOf('mocks/faults/kinds/harmless.ts')).toMatch(/error TS2345/);
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

describe('one of each', () => {
  const tree = newTree();
  let fleet: Server;
  let built: ExecResult;

  beforeAll(async () => {
    for (const point of POINTS) tree.add(point, 'files', 'rows', 'names');
    built = await tree.tool('tsc', '-p', 'tsconfig.json');
    const rules = '[{when: {route: /v1/models}, do: {dummy: {code: 418}}}]';
    writeFileSync(
      tree.path('fleet.yaml'),
      `{engines: [{count: 2, dummyFlag: true}], faults: ${rules}}`,
    );
    fleet = await tree.serve('mock', 'up', '--port-base', '0', '--api', 'dummy', '--dummy-flag');
  }, 120_000);
  afterAll(() => fleet.stop());

  const jsonOf = ({ stdout }: ExecResult): Json => JSON.parse(stdout);

  const engines = (): { id: string; url: string }[] => fleet.ready.engines;
  const deployment = (): string[] => [
    '--lmcache',
    fleet.ready.controller.url,
    ...engines().flatMap(({ id, url }) => ['--engine', `${id}=${url}`]),
  ];

  const chat = (content: string): object => ({
    model: 'mock-model',
    max_tokens: 1,
    messages: [{ role: 'user', content }],
  });

  it('compiles', () => {
    expect(built).toMatchObject({ code: 0, stdout: '' });
  });

  it('policy and dialect: a gateway decides by the one and asks in the other', async () => {
    const { controller } = fleet.ready;
    const filter = `{enabled: true, vllm_endpoint: "${engines()[0]!.url}", lmcache_endpoint: "${controller.url}", default_model: mock-model}`;
    const config = configText({
      endpoints: engines().map(({ id, url }) => ({ id, port: Number(new URL(url).port) })),
      filters: `{name: dgp.filter.ai.kvcache, config: ${filter}}`,
      extension:
        '{routing: {policy: lookup, allow_header_override: true}, controller: {dialect: dummy}}',
    });
    writeFileSync(tree.path('conf.yaml'), config);
    await using gateway = await tree.serve('gateway', 'start', '-c', 'conf.yaml', '--json');
    const url = `${gateway.ready.url}/v1/chat/completions`;
    expect((await send(url, chat('Who holds this?'))).status).toBe(200);
    const { json } = await send(`${controller.url}/__mock/journal`);
    expect(json.entries).toContainEqual(
      expect.objectContaining({ route: '/dummy/lookup', status: 200 }),
    );
    for (const content of ['one', 'two', 'three']) {
      const { headers } = await send(url, chat(content), {
        headers: { 'x-kvcache-policy': 'dummy' },
      });
      expect(headers.get('x-kvcache-endpoint')).toBe('engine-b');
    }
  });

  it('policy and scenario: a scenario names the policy, and so does a flag', async () => {
    const named = jsonOf(await tree.kvcache('run', 'dummy', '--json'));
    const text = readFileSync(tree.path('fixtures/scenarios/dummy.yaml'), 'utf8');
    writeFileSync(tree.path('dummy.yaml'), text.replace('policy: dummy', 'policy: round-robin'));
    const other = jsonOf(await tree.kvcache('run', './dummy.yaml', '--json'));
    const routing = ['--routing', 'dummy'];
    const flagged = jsonOf(await tree.kvcache('run', './dummy.yaml', ...routing, '--json'));
    for (const document of [named, flagged]) {
      expect(document).toMatchObject({ outcome: 'pass', routing: 'dummy' });
      expect(document.steps[0].servedBy).toEqual({ 'engine-b': 6 });
    }
    expect(other.steps[0].servedBy).toEqual({ 'engine-a': 3, 'engine-b': 3 });
    expect((await tree.kvcache('run', '--list')).stdout).toContain('a scenario that a file makes');
  });

  it('policy, dialect and scenario: help, completion and JSON Schema have them', async () => {
    expect(await tree.helpOf('run')).toMatch(/--routing <policy>[^)]*one of dummy, lookup/);
    expect(await tree.helpOf('verify')).toMatch(/--routing <policy>[^)]*one of dummy, lookup/);
    expect(await tree.helpOf('mock', 'controller')).toMatch(/--api <name> dummy, /);
    expect(await tree.offers('kvcache run --routing d')).toEqual(['dummy']);
    expect(await tree.offers('kvcache verify --routing d')).toEqual(['dummy']);
    expect(await tree.offers('kvcache run d')).toContain('dummy');
    const { stdout } = await tree.kvcache('config', 'schema');
    const choices = [...stdout.matchAll(/"enum":\s*\[([^\]]*)\]/g)].map(([, names]) => names!);
    const having = choices.filter((names) => names.includes('"dummy"'));
    expect(having.some((names) => names.includes('"lookup"'))).toBe(true);
    expect(having.some((names) => names.includes('"coordinator"'))).toBe(true);
  });

  it('dialect and check: the doctor recognises the one and makes the other', async () => {
    const { stdout } = await tree.kvcache('doctor', ...deployment());
    expect(stdout).toContain('The dummy check was asked.');
    const { checks } = jsonOf(await tree.kvcache('doctor', ...deployment(), '--json'));
    expect(checks).toContainEqual(
      expect.objectContaining({
        id: 'controller',
        actual: 'dummy',
        expected: expect.stringContaining('dummy controller'),
      }),
    );
    expect(checks).toContainEqual(expect.objectContaining({ id: 'lookup', outcome: 'pass' }));
    expect(checks).toContainEqual(expect.objectContaining({ id: 'dummy', actual: '2 engines' }));
  });

  it('kind of engine: the doctor calls it by its name', async () => {
    const metrics = ({ requests }: { requests: number }): string =>
      `# TYPE dummy:requests counter\ndummy:requests_total ${requests}\n`;
    const standIns = await Promise.all([1, 2].map(() => startEngineStandIn({ metrics })));
    const urls = standIns.flatMap(({ url }) => ['--vllm', url]);
    const { checks } = jsonOf(await tree.kvcache('doctor', ...urls, '--json'));
    standIns.forEach((engine) => engine.close());
    const kinds = (checks as Json[]).filter(({ id }) => id === 'engine-kind');
    const kind = { actual: 'Dummy Engine 4.2', expected: expect.stringMatching(/^Dummy Engine, /) };
    expect(kinds).toMatchObject([kind, kind]);
  });

  it('format and flag of load: a report is written in the one, and runs that differ in the other are not compared', async () => {
    for (const dummy of ['2', '3']) {
      const reporter = `dummy=${dummy}.txt,json=${dummy}.json`;
      const flags = ['--requests', '20', '--dummy', dummy, '--reporter', reporter];
      await tree.kvcache('load', '--url', engines()[0]!.url, ...flags);
    }
    expect(readFileSync(tree.path('2.txt'), 'utf8')).toMatch(/^dummy report of load: \w+\n$/);
    const compared = await tree.kvcache('report', 'compare', '2.json', '3.json');
    expect(compared.code).toBe(2);
    expect(compared.stderr).toContain('RUNS_INCOMPARABLE');
    expect(compared.stderr).toContain('dummy: 2 and 3');
    const help = await tree.helpOf('load');
    expect(help).toContain('--dummy <n> a dummy of a flag (default: 1)');
    expect(help).toMatch(/--reporter <list> NAME or NAME=FILE,…: dummy, /);
    expect(await tree.helpOf('report')).toContain('dummy a dummy of a report');
    expect(await tree.offers('kvcache load --du')).toEqual(['--dummy', '--duration']);
    expect(await tree.offers('kvcache load --reporter d')).toEqual(['dummy']);
  });

  it('fault: a fleet file and a header ask for it, journal, state and metrics count it', async () => {
    const fleetFile = ['--port-base', '0', '--fleet', 'fleet.yaml'];
    await using server = await tree.serve('mock', 'up', ...fleetFile);
    const { url } = server.ready.engines[0] as { url: string };
    expect(await send(`${url}/v1/models`)).toMatchObject({ status: 418, text: 'dummy' });
    const asked = { headers: { 'x-mock-fault': 'dummy:code=299' } };
    const answer = await send(`${url}/v1/chat/completions`, chat('hi'), asked);
    expect(answer).toMatchObject({ status: 299, text: 'dummy' });
    const { json } = await send(`${url}/__mock/journal`);
    expect(json.entries).toMatchObject([{ fault: 'dummy' }, { fault: 'dummy' }]);
    expect((await send(`${url}/__mock/state`)).json.faults).toEqual({ dummy: 2 });
    const { text } = await send(`${url}/metrics`);
    expect(text).toMatch(/^kvcache_mock_faults_total\{.*"dummy".*\} 2/m);
  });

  it('flag of the mocks: help and completion have it, and it does not go with a file', async () => {
    const flag = '--dummy-flag a dummy of a flag';
    expect(await tree.helpOf('mock', 'up')).toContain(flag);
    expect(await tree.helpOf('mock', 'engine')).toContain(flag);
    expect(await tree.offers('kvcache mock up --du')).toEqual(['--dummy-flag']);
    const both = await tree.kvcache('mock', 'up', '--fleet', 'fleet.yaml', '--dummy-flag');
    expect(both.code).toBe(2);
    expect(both.stderr).toContain('--dummy-flag does not go with --fleet');
  });

  it('cause: a verification that fails names it', async () => {
    const size = ['--quick', '--rounds', '2', '--requests-per-block', '4', '--arms', 'BC'];
    const same = ['--seed', '1', '--nonce', 'dummy'];
    const ports = ['--listen-port', '0', '--prom-port', '0'];
    const flags = [
      ...deployment(),
      ...ports,
      ...size,
      ...same,
      '--routing',
      'round-robin',
      '--json',
    ];
    const { cause } = jsonOf(await tree.kvcache('verify', ...flags));
    expect(cause).toMatchObject({ id: 'dummy', sentence: 'The dummy did it.' });
  });

  it('form of prompts and culprit: a file is read in the one, and its breaks are told by the other', async () => {
    const rules = 'keep the depot tidy and the wagons dry '.repeat(20);
    const lines = ['plain', 'dummy'].map((word) => ({ dummy_text: `${word} day. ${rules}` }));
    writeFileSync(tree.path('dummy.jsonl'), lines.map((it) => JSON.stringify(it)).join('\n'));
    const { form, breaks } = jsonOf(
      await tree.kvcache('prompts', 'analyze', 'dummy.jsonl', '--json'),
    );
    expect(form).toBe('dummies');
    expect(breaks.byCulprit).toMatchObject([{ culprit: 'dummy', remedy: 'Take the dummy out.' }]);
    const limit = ['--max-break', 'dummy=0'];
    const gate = await tree.kvcache('prompts', 'gate', 'dummy.jsonl', ...limit);
    expect(gate.code).toBe(1);
  });

  it('policy and form of trace: a simulation has the one decide over the other', async () => {
    const rows = [0, 400, 800].map((dummy_ms) => ({ dummy_ms, dummy_tokens: 300 }));
    writeFileSync(tree.path('dummy.trace'), rows.map((it) => JSON.stringify(it)).join('\n'));
    const asked = ['--trace', 'dummy.trace', '--engines', '3', '--policy', 'dummy', '--json'];
    const document = jsonOf(await tree.kvcache('simulate', ...asked));
    expect(document.workload).toContain('Dummy');
    expect(document.rows).toMatchObject([{ policy: 'dummy', busiestEngine: 'engine-c' }]);
    expect(await tree.helpOf('simulate')).toMatch(/policies to compare: .*dummy/);
  });

  it('is missed in the documents by a test of each', async () => {
    const rooms = 'config/docs docs/lists mocks/faults/effects report/formats.test run verify/docu';
    const { stdout } = await tree.unitTests(...rooms.split(' ').map((room) => `test/${room}`));
    for (const title of [
      'docs/routing.md has the table of routing policies',
      'docs/config-keys.md is the key table',
      'docs/routing.md has every dialect of a controller',
      'docs/mocks.md has every dialect of a controller',
      'docs list every fault with its parameters',
      'docs/reports.md has every format, and what a folder gets unasked',
      'are all in the docs, as is every measure',
      'docs/doctor.md asks every question of the doctor',
      'names every kind of engine, and no other',
      'lists every cause, and no other',
    ]) {
      expect(stdout).toContain(`× ${title}`);
    }
  });
});
