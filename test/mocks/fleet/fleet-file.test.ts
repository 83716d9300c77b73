import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readFleetFile } from '../../../mocks/fleet/fleet-file.ts';
import type { FleetPlan } from '../../../mocks/fleet/fleet-plan.ts';
import { KvcacheError } from '../../../src/base/errors.ts';

const file = join(mkdtempSync(join(tmpdir(), 'kvcache-fleet-')), 'fleet.yaml');

function read(text: string, overrides: object = {}): FleetPlan {
  writeFileSync(file, text);
  return readFleetFile({ file, overrides, env: { KEY: 'secret' } });
}

function errorOf(text: string): KvcacheError {
  try {
    read(text);
  } catch (error) {
    if (error instanceof KvcacheError) return error;
    throw error;
  }
  throw new Error('It was accepted.');
}

describe('a fleet file', () => {
  it('is a controller and two engines when it is empty', () => {
    const plan = read('');
    expect(plan.controller?.api).toBe('legacy');
    expect(plan.engines.map(({ settings }) => settings.id)).toEqual(['engine-a', 'engine-b']);
  });

  it('gives copies of an engine ids and ports in turn', () => {
    const { engines } = read('engines: [{ id: x, count: 3, port: 7000 }, { port: 0, count: 2 }]');
    expect(engines.map(({ settings, port }) => [settings.id, port])).toEqual([
      ['x-a', 7000],
      ['x-b', 7001],
      ['x-c', 7002],
      ['engine-d', 0],
      ['engine-e', 0],
    ]);
  });

  it('multiplies the speedups of profile, engine and fleet; flags beat the file', () => {
    const text = 'speedup: 2\nengines: [{ speedup: 3, profile: { speedup: 5 } }]';
    expect(read(text).engines[0]?.profile.speedup).toBe(30);
    expect(read(text, { speedup: 1 }).engines[0]?.profile.speedup).toBe(15);
    expect(read('seed: 3', { seed: 4 }).seed).toBe(4);
  });

  it.each([
    ['seed: -5', 'seed must be a whole number from 0 to 4294967295, not -5', '1:7'],
    ['seed: .nan', 'seed must be a whole number', '1:7'],
    ['speedup: .inf', 'speedup must be a number from 0.001 to 1000000', '1:10'],
    ['model: " "', 'model must be text that is not empty', '1:8'],
    ['seed: 1\nengines:\n  - count: 0', 'engines[0].count must be a whole number', '3:12'],
    ['engines: [{ count: 1.5 }]', 'engines[0].count must be a whole number', '1:20'],
    ['engines: [{ count: 600 }, { count: 600 }]', 'engines: 1200 are more than 1024', '1:1'],
    ['engines: []', 'engines must be a list with an entry', '1:10'],
    ['engines: [{ id: a }, { id: a }]', 'engines: two are called "a"', '1:1'],
    ['engines: [{ port: 65536 }]', 'engines[0].port must be a whole number', '1:19'],
    ['engines: [{ port: 65535, count: 2 }]', 'engines[0].port leaves no ports', '1:13'],
    ['engines: [{ id: 引擎 }]', 'engines[0].id must be 1 to 128 printable ASCII', '1:17'],
    ['engines: [{ id: "" }]', 'engines[0].id must be 1 to 128 printable ASCII', '1:17'],
    [
      'engines: [{ loras: [a, 1] }]',
      'engines[0].loras[1] must be text that is not empty, not 1',
      '1:24',
    ],
    ['engines: [{ loras: [a, a] }]', 'engines[0].loras[1]: another model is called "a"', '1:24'],
    ['engines: [{ loras: [mock-model] }]', 'another model is called "mock-model"', '1:21'],
    ['engines: [{ vllm: "1.0" }]', 'engines[0].vllm: No mock engine speaks as vLLM 1.0', '1:13'],
    [
      'engines: [{ apiKeyEnv: NONE }]',
      'engines[0].apiKeyEnv: the variable NONE is not set',
      '1:13',
    ],
    ['engines: [{ hashSeed: -1 }]', 'engines[0].hashSeed must be a whole number', '1:23'],
    ['controller: { id: "\\n" }', 'controller.id must be 1 to 128 printable ASCII', '1:19'],
    ['controller: { lagMs: -1 }', 'controller.lagMs must be a number of at least 0', '1:22'],
    ['controller: { chunkTokens: 0 }', 'controller.chunkTokens must be a whole number', '1:28'],
    ['controller: { lmcache: "9" }', 'controller.lmcache: No mock controller', '1:15'],
    ['profiles:\n  my-own: { base: 9b }', 'profiles.my-own: no engine profile "9b" is', '2:3'],
    ['profiles: { a: { base: b }, b: { base: a } }', 'no engine profile "b" is shipped', '1:13'],
    ['engines: [{ profile: constructor }]', 'no engine profile "constructor" is', '1:13'],
    [
      'engines: [{ profile: { blocks: 1e12 } }]',
      'engines[0].profile.blocks must be a whole',
      '1:32',
    ],
    [
      'engines:\n  - profile:\n      timing: { stepMs: .inf }',
      'profile.timing.stepMs must be',
      '3:25',
    ],
    ['faults: [{ do: { bogus: {} } }]', 'faults[0].do names an unknown fault "bogus"', '1:16'],
    ['enginez: []', 'unknown key "enginez"', '1:1'],
    ['hello', 'fleet must be a map, not "hello"', '1:1'],
    ['engines: [{ profile: { tier: { bytesPerMs: -.inf } } }]', 'must be a number above 0', '1:44'],
    ['engines: [', 'not valid YAML', '1:11'],
    ['seed: 1\n---\nseed: 2', 'more than one YAML document.', '2:1'],
  ])('refuses %j at its place', (text, message, place) => {
    const error = errorOf(text);
    expect(error.kind).toBe('usage');
    expect(error.message).toContain(message);
    expect(error.remedy).not.toBe('');
    expect(error.where).toBe(`${file}:${place}`);
  });
});
