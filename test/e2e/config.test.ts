import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ExecOptions, type ExecResult, kvcache, ROOT } from '../helpers/exec.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kvcache-config-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const FIXTURES = join(ROOT, 'fixtures/config');
const SECRETS = ['hunter2', 'sk-top-secret'];

function config(args: string[], env: ExecOptions['env'] = {}): Promise<ExecResult> {
  return kvcache(['config', ...args], { cwd: folder, env });
}

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}

describe('render', () => {
  const env = {
    VLLM_ENDPOINT: 'https://user:hunter2@engine.test',
    LMCACHE_ENDPOINT: 'http://[::1]:9000',
    ENGINE_KEY: 'sk-top-secret',
  };

  it('prints the shipped template without its secrets', async () => {
    const { code, stdout, stderr } = await config(['render'], env);
    expect(code).toBe(0);
    expect(stdout).toContain('vllm_endpoint: "https://***@engine.test"');
    expect(stdout).toContain('address: "engine.test"');
    expect(stdout).toContain('port: 443');
    expect(stderr).toContain('1 secret(s) masked');
    for (const secret of SECRETS) expect(stdout + stderr).not.toContain(secret);
  });

  it('writes what it masks to a file only its owner can read, also over an open one', async () => {
    const template = file('keys.yaml', 'api_key: "${ENGINE_KEY}"\nurl: "${VLLM_ENDPOINT}"\n');
    writeFileSync(join(folder, 'out.yaml'), 'old', { mode: 0o644 });
    const { code, stdout, stderr } = await config(
      ['render', template, '-o', 'out.yaml', '-v'],
      env,
    );
    expect([code, stdout]).toEqual([0, '']);
    for (const secret of SECRETS) expect(stderr).not.toContain(secret);
    expect(statSync(join(folder, 'out.yaml')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(folder, 'out.yaml'), 'utf8')).toBe(
      'api_key: "sk-top-secret"\nurl: "https://user:hunter2@engine.test"\n',
    );
  });

  it('--json says where each value came from, and masks too', async () => {
    const template = file('json.yaml', 'a: ${A:-1}\nb: ${B}\nk: {api_key: "${ENGINE_KEY}"}\n');
    const { code, stdout } = await config(['render', template, '--set', 'B=2', '--json'], env);
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      {
        schema: 'kvcache.config/v1',
        command: 'render',
        outcome: 'pass',
        exitCode: 0,
        output: null,
        variables: [
          { name: 'A', origin: 'template' },
          { name: 'B', origin: 'given' },
          { name: 'ENGINE_KEY', origin: 'given' },
        ],
        maskedSecrets: 1,
        text: 'a: 1\nb: 2\nk: {api_key: "***"}\n',
      },
    ]);
  });

  it('names every unset variable with its place and writes nothing', async () => {
    const template = file('unset.yaml', 'a: ${ONE}\nb: ["${TWO:?the second one}"]\n');
    const { code, stdout, stderr } = await config(['render', template, '-o', 'none.yaml']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('unset.yaml:1:4 ONE is not set.');
    expect(stderr).toContain('unset.yaml:2:6 TWO is not set: the second one');
    expect(() => statSync(join(folder, 'none.yaml'))).toThrow(/ENOENT/);
  });

  it.each([
    [['render', 'absent.yaml'], 'FILE_UNREADABLE'],
    [['render', '--set', 'hunter2'], 'SET_INVALID'],
    [['render', '--set', 'VLLM_ENDPOINT=ftp://u:hunter2@h'], 'URL_INVALID'],
    [['render', '--nope'], "Unknown option '--nope'"],
  ])('%j is a usage error', async (args, expected) => {
    const { code, stderr } = await config(args);
    expect(code).toBe(2);
    expect(stderr).toContain(expected);
    expect(stderr).not.toMatch(/hunter2|\n {4}at /);
  });
});

describe('validate', () => {
  const path = (name: string): string => join(FIXTURES, name);

  it.each([
    ['no issues', ['valid/minimal.yaml'], 0, 0],
    ['warnings', ['invalid/lb-policy.yaml'], 0, 1],
    ['errors', ['invalid/no-proxy.yaml'], 2, 2],
    ['an error in one of two', ['valid/minimal.yaml', 'invalid/no-proxy.yaml'], 2, 2],
  ])('%s', async (_, names, exitCode, strictExitCode) => {
    const files = names.map(path);
    expect((await config(['validate', ...files])).code).toBe(exitCode);
    expect((await config(['validate', '--strict', ...files])).code).toBe(strictExitCode);
  });

  it('says place, rule, effect and remedy', async () => {
    const name = file('look.yaml', readFileSync(path('invalid/token-cache-off.yaml'), 'utf8'));
    expect((await config(['validate', name])).stdout).toMatchInlineSnapshot(`
      "look.yaml:20:36 warning token-cache-off: token_cache.enabled is not true.
          at runtime: Pixiu looks tokens up only in this cache, so without it no request is ever routed.
          → Set token_cache.enabled: true.
      look.yaml: 0 errors, 1 warning, 0 infos
      "
    `);
  });

  it('--json gives the findings as values', async () => {
    const { stdout, code } = await config(['validate', path('invalid/no-proxy.yaml'), '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 'kvcache.config/v1',
      command: 'validate',
      outcome: 'error',
      exitCode: code,
      files: [
        {
          errors: 1,
          warnings: 0,
          issues: [{ rule: 'no-proxy-filter', severity: 'error', line: 14, column: 15 }],
        },
      ],
    });
  });

  it('--format sarif gives a SARIF 2.1.0 log whose results refer to their rules', async () => {
    const name = file('sarif log.yaml', readFileSync(path('invalid/retry-settings.yaml'), 'utf8'));
    const { stdout, code } = await config(['validate', name, '--format', 'sarif']);
    const log = JSON.parse(stdout) as SarifLog;
    expect([code, log.version, log.runs.length]).toEqual([2, '2.1.0', 1]);
    const { tool, results } = log.runs[0]!;
    expect(results.map(({ ruleId, level }) => `${level} ${ruleId}`)).toEqual([
      'warning times-outside-config',
      'note zero-cooldown',
      'warning times-outside-config',
      'error out-of-range',
      'error unknown-retry-policy',
      'warning bare-duration',
    ]);
    for (const { ruleId, ruleIndex, message, locations } of results) {
      expect(tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
      expect(message.text).not.toBe('');
      expect(locations[0]?.physicalLocation.artifactLocation.uri).toBe('sarif%20log.yaml');
      expect(locations[0]?.physicalLocation.region.startLine).toBeGreaterThan(30);
    }
  });

  it('a file that is not there is a usage error', async () => {
    const { code, stderr } = await config(['validate', 'absent.yaml']);
    expect([code, stderr.includes('absent.yaml')]).toEqual([2, true]);
  });
});

interface SarifLog {
  version: string;
  runs: {
    tool: { driver: { rules: { id: string }[] } };
    results: {
      ruleId: string;
      ruleIndex: number;
      level: string;
      message: { text: string };
      locations: {
        physicalLocation: { artifactLocation: { uri: string }; region: { startLine: number } };
      }[];
    }[];
  }[];
}

describe('init', () => {
  it.each(['mock', 'real-engine'])('--kind %s writes a file that validates clean', async (kind) => {
    const name = `${kind}.yaml`;
    expect((await config(['init', name, '--kind', kind])).code).toBe(0);
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    expect(await config(['validate', '--strict', name])).toMatchObject({
      code: 0,
      stdout: `${name}: clean\n`,
    });
  });

  it('leaves a file alone that is there, unless forced', async () => {
    const name = file('taken.yaml', 'mine');
    const refused = await config(['init', name]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('FILE_EXISTS');
    expect(readFileSync(join(folder, name), 'utf8')).toBe('mine');
    expect((await config(['init', name, '--force', '--json'])).code).toBe(0);
    expect(readFileSync(join(folder, name), 'utf8')).toContain('static_resources');
  });

  it('- prints it, and a file that a shell has just made for it is no file to lose', async () => {
    const printed = await config(['init', '-']);
    const document = JSON.parse((await config(['init', '-', '--json'])).stdout);
    expect(document).toMatchObject({ command: 'init', file: null, text: printed.stdout });
    expect((await config(['init', file('empty.yaml', '')])).code).toBe(0);
    expect(readFileSync(join(folder, 'empty.yaml'), 'utf8')).toBe(printed.stdout);
  });
});

it('schema prints a JSON Schema', async () => {
  const { code, stdout } = await config(['schema']);
  expect([code, JSON.parse(stdout)]).toMatchObject([
    0,
    { $schema: 'http://json-schema.org/draft-07/schema#', additionalProperties: false },
  ]);
});
