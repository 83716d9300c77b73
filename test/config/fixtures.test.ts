import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KvcacheError } from '../../src/base/errors.ts';
import { examineGatewayConfig, loadGatewayConfig } from '../../src/config/load.ts';
import { RULES } from '../../src/config/rules.ts';
import { ROOT } from '../helpers/exec.ts';

const FOLDER = join(ROOT, 'fixtures/config');

function themes(folder: 'valid' | 'invalid'): string[] {
  return readdirSync(join(FOLDER, folder))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.replace('.yaml', ''));
}

function read(name: string): { text: string; file: string } {
  return { text: readFileSync(join(FOLDER, name), 'utf8'), file: name };
}

describe('valid configs have no issues', () => {
  it.each([
    ...themes('valid').map((theme) => `valid/${theme}`),
    'starter-mock',
    'starter-real-engine',
  ])('%s', (name) => {
    const { issues } = loadGatewayConfig(read(`${name}.yaml`));
    // A file with every key has those that Pixiu does otherwise.
    const accepted = name === 'valid/every-key' ? ['pixiu-ignores', 'health-check-port'] : [];
    expect(issues.filter(({ rule }) => !accepted.includes(rule))).toEqual([]);
  });
});

describe('invalid configs have exactly the issues of the file beside them', () => {
  it.each(themes('invalid'))('%s', (theme) => {
    const source = read(`invalid/${theme}.yaml`);
    const { issues } = examineGatewayConfig(source);
    const lines = issues.map(
      ({ place, severity, rule }) => `${place.line}:${place.column} ${severity} ${rule}\n`,
    );
    expect(lines.join('')).toBe(read(`invalid/${theme}.expected`).text);

    const errors = issues.filter(({ severity }) => severity === 'error');
    expect(refusal(source)?.details.length ?? 0).toBe(errors.length);
  });

  it('are refused as a usage error', () => {
    const { kind, code, where } = refusal(read('invalid/no-proxy.yaml'))!;
    expect([kind, code, where]).toEqual(['usage', 'CONFIG_INVALID', 'invalid/no-proxy.yaml:14:15']);
  });
});

function refusal(source: { text: string; file: string }): KvcacheError | undefined {
  try {
    loadGatewayConfig(source);
    return undefined;
  } catch (error) {
    if (error instanceof KvcacheError) return error;
    throw error;
  }
}

it('every rule of configs is broken by some fixture', () => {
  const broken = themes('invalid').flatMap((theme) =>
    read(`invalid/${theme}.expected`)
      .text.trim()
      .split('\n')
      .map((line) => line.split(' ')[2]),
  );
  // Rules of templates and of the file's name are broken in tests of their own.
  const elsewhere = ['template-syntax', 'template-variable-unset', 'template-value'];
  const untested = Object.keys(RULES).filter((rule) => !broken.includes(rule));
  expect(untested.toSorted()).toEqual([...elsewhere, 'file-extension'].toSorted());
});

it('no secret gets into an issue', () => {
  for (const theme of themes('invalid')) {
    const { issues } = examineGatewayConfig(read(`invalid/${theme}.yaml`));
    expect(JSON.stringify(issues)).not.toContain('secret');
  }
  const { issues } = examineGatewayConfig({
    file: 'x.yaml',
    text: 'static_resources: { clusters: [{ endpoints: [{ llm_meta: { api_key: "my-secret" "x" }',
  });
  expect(issues[0]?.rule).toBe('yaml-syntax');
  expect(JSON.stringify(issues)).not.toContain('my-secret');
});

it('Pixiu’s file extensions are kept to', () => {
  const { text } = read('valid/minimal.yaml');
  expect(loadGatewayConfig({ text, file: 'conf.yml' }).issues).toEqual([]);
  expect(() => loadGatewayConfig({ text, file: 'conf.json' })).toThrow(/does not end in/);
});
