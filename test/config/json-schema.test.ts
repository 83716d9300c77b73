import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { gatewayJsonSchema } from '../../src/config/json-schema.ts';
import { parseYamlSource } from '../../src/config/yaml-source.ts';
import { type SourceNode } from '../../src/schema/node.ts';
import { ROOT } from '../helpers/exec.ts';

const FOLDER = join(ROOT, 'fixtures/config');
const ajv = new Ajv({ strict: true, allowUnionTypes: true, strictTypes: false });
const validate = ajv.compile(gatewayJsonSchema());

/** As an editor's YAML plugin sees the file. */
function valueOf(node: SourceNode | undefined): unknown {
  switch (node?.kind) {
    case undefined:
      return null;
    case 'list':
      return node.items.map(valueOf);
    case 'map':
      return Object.fromEntries(node.entries.map(({ key, value }) => [key, valueOf(value)]));
    case 'scalar':
      if (node.isNull) return null;
      if (node.isQuoted) return node.text;
      if (/^(true|false)$/.test(node.text)) return node.text === 'true';
      return /^-?\d+(\.\d+)?$/.test(node.text) ? Number(node.text) : node.text;
  }
}

function accepts(name: string): boolean {
  const text = readFileSync(join(FOLDER, name), 'utf8');
  return validate(valueOf(parseYamlSource({ text, file: name }).root));
}

describe('the JSON Schema', () => {
  it('is valid draft 7', () => {
    expect(ajv.validateSchema(gatewayJsonSchema())).toBe(true);
  });

  it.each([
    ...readdirSync(join(FOLDER, 'valid'))
      .filter((name) => name.endsWith('.yaml'))
      .map((name) => `valid/${name}`),
    'starter-mock.yaml',
    'starter-real-engine.yaml',
  ])('accepts %s', (name) => {
    accepts(name);
    expect(validate.errors ?? []).toEqual([]);
  });

  it.each([
    'unknown-keys',
    'unknown-extension-keys',
    'lb-policy',
    'ratios-and-numbers',
    'durations',
    'wrong-shapes',
    'routes',
    'filters',
  ])('refuses invalid/%s', (theme) => expect(accepts(`invalid/${theme}.yaml`)).toBe(false));
});
