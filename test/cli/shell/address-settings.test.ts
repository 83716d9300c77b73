import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { KvcacheError } from '../../../src/base/errors.ts';
import type { Environment } from '../../../src/base/environment.ts';
import { buildProgram } from '../../../src/cli/shell/program.ts';

/** How a command is given an address. */
interface Place {
  args: (address: string) => string[];
  env?: (address: string) => Environment;
}

const SECRET = 'hunter2';
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kvcache-addresses-'));
});

/** What a command throws, and everything that it printed. */
async function outcomeOf(
  args: readonly string[],
  env: Environment = {},
): Promise<{ error: unknown; printed: string }> {
  let printed = '';
  const stream = { write: (text: string) => (printed += text) };
  const context = {
    args,
    programName: 'kvcache',
    env,
    cwd: folder,
    nodePath: process.execPath,
    readStdin: () => Promise.resolve(''),
    stdout: stream,
    stderr: stream,
    clock: systemClock,
    // What is not refused would serve, or ask somebody, for ever.
    signal: AbortSignal.timeout(2_000),
    onHangup: () => {},
  };
  const program = await buildProgram('kvcache', async (load, options) => {
    await (
      await load()
    )(options, context);
  });
  const error = await program.parseAsync([...args], { from: 'user' }).then(
    () => 'it was taken',
    (thrown: unknown) => thrown,
  );
  return { error, printed };
}

async function refusalOf(place: Place, address: string): Promise<object> {
  const { error, printed } = await outcomeOf(place.args(address), place.env?.(address));
  if (!(error instanceof KvcacheError)) return { address, error };
  const { kind, code, message, remedy, where, details } = error;
  const told = JSON.stringify([message, remedy, where, details, printed]);
  return { address, kind, code, tellsSecret: told.includes(SECRET) };
}

const REFUSED = {
  kind: 'usage',
  code: expect.stringMatching(/_INVALID$/) as string,
  tellsSecret: false,
};

function flag(command: string, name: string): [string, Place] {
  return [`${command} ${name}`, { args: (address) => [...command.split(' '), name, address] }];
}

function variable(command: string, name: string, others: Environment = {}): [string, Place] {
  const env = (address: string): Environment => ({ ...others, [name]: address });
  return [`${name} of ${command}`, { args: () => command.split(' '), env }];
}

const TARGETS = { VLLM_ENDPOINT: 'http://a:1', LMCACHE_ENDPOINT: 'http://c:1' };

describe('a server’s URL is refused where it stands', () => {
  const places: [string, Place][] = [
    ...['doctor', 'verify'].flatMap((command) => [
      flag(command, '--vllm'),
      flag(command, '--lmcache'),
      variable(command, 'VLLM_ENDPOINT'),
      variable(command, 'LMCACHE_ENDPOINT', TARGETS),
      variable(command, 'PIXIU_URL', { ...TARGETS, START_PIXIU: '0' }),
    ]),
    ['verify --engine', { args: (url) => ['verify', '--engine', `a=${url}`] }],
    flag('verify --vllm http://a:1', '--metrics-url'),
    flag('verify --gateway http://g:1', '--baseline-gateway'),
    variable('verify', 'PROM_URL', TARGETS),
    flag('config init x.yaml', '--vllm'),
    flag('config init x.yaml', '--lmcache'),
    [
      'config init --engine',
      { args: (url) => ['config', 'init', 'x.yaml', '--engine', `a=${url}`] },
    ],
    ...Object.keys({ ...TARGETS, PIXIU_URL: '', PROM_URL: '' }).flatMap(
      (name): [string, Place][] => [
        variable('config render', name, TARGETS),
        [
          `config render --set ${name}`,
          { args: (url) => ['config', 'render', '--set', `${name}=${url}`] },
        ],
      ],
    ),
    flag('load', '--url'),
    flag('load --url http://a:1', '--tokenize-url'),
    flag('request', '--url'),
    ...['PIXIU_URL', 'CONTROLLER_URL', 'ENGINE_A_URL', 'ENGINE_B_URL'].map((name) =>
      variable('request', name),
    ),
    ...['PIXIU_URL', 'LMCACHE_ADMIN', 'ENGINE_A_ADMIN', 'ENGINE_B_ADMIN'].map((name) =>
      variable('run mock', name),
    ),
    flag('gateway explain --prompt x', '--admin-url'),
    flag('mock verify --rules none.yaml', '--'),
    flag('mock engine', '--controller'),
  ];
  const bad = [
    'ftp://x',
    'http://',
    'localhost:abc',
    'http://[::1',
    'http://a b/',
    'http://host:99999',
    `http://u:${SECRET}@host:99999`,
    `u:${SECRET}@host:80`,
  ];
  it.each(places)('%s', async (_name, place) => {
    for (const address of bad)
      expect(await refusalOf(place, address)).toEqual({ address, ...REFUSED });
  });

  it.each([
    flag('run mock', '--gateway'),
    flag('verify --vllm http://a:1', '--gateway'),
    flag('doctor', '--gateway'),
  ])('%s, which may be a file, too', async (_name, place) => {
    for (const address of bad.filter((it) => it !== 'localhost:abc')) {
      expect(await refusalOf(place, address)).toEqual({ address, ...REFUSED });
    }
  });
});

describe('where to listen is refused where it stands', () => {
  it.each([
    flag('mock controller', '--addr'),
    flag('mock engine', '--addr'),
    variable('mock controller', 'LMCACHE_ADDR'),
    variable('mock engine', 'LLM_A_ADDR'),
    variable('mock engine --role b', 'LLM_B_ADDR'),
    ...['LMCACHE_ADDR', 'LLM_A_ADDR', 'LLM_B_ADDR'].map((name) => variable('run mock', name)),
    flag('mock engine', '--kv-events-zmq'),
    flag('mock engine --kv-events-zmq tcp://127.0.0.1:0', '--kv-events-replay'),
  ])('%s', async (_name, place) => {
    const bad = ['http://x', 'host', 'localhost:abc', '[::1:80', '::1:80', 'a b:80', 'h:99999'];
    for (const address of [...bad, `u:${SECRET}@h:80`])
      expect(await refusalOf(place, address)).toEqual({ address, ...REFUSED });
  });
});

describe('an address of a gateway’s file is refused where it stands', () => {
  it.each([
    ['lmcache_endpoint', /^( *lmcache_endpoint:).*$/m],
    ['vllm_endpoint', /^( *vllm_endpoint:).*$/m],
    ['address', /^( *address:) "?127.*$/m],
  ])('%s', async (_name, line) => {
    const file = join(folder, 'gateway.yaml');
    const started = await outcomeOf(['config', 'init', '-']);
    for (const address of ['ftp://x', 'localhost:abc', 'http://[::1', 'a b', `u:${SECRET}@h:80`]) {
      const text = started.printed.replace(line, `$1 ${JSON.stringify(address)}`);
      expect(text).toContain(address);
      await writeFile(file, text);
      const { error } = await outcomeOf(['gateway', 'start', '-c', file]);
      expect(error).toMatchObject({ kind: 'usage', code: 'CONFIG_INVALID' });
      expect(JSON.stringify(error)).not.toContain(SECRET);
    }
  });
});
