import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as library from '../../../src/index.ts';
import { kvcache, ROOT } from '../../helpers/exec.ts';
import { publicNames, unnamedTypes } from '../../helpers/exported-types.ts';
import { guideFiles, writeGuide } from '../../helpers/guide.ts';

const folder = mkdtempSync(join(tmpdir(), 'kvcache-guide-'));
const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');

/** As a dependent's project: packages by their names, nothing of this one's tree. */
beforeAll(async () => {
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules/kvcache'));
  symlinkSync(join(ROOT, 'node_modules/vitest'), join(folder, 'node_modules/vitest'));
  await kvcache(['run', 'mock', '--ports', 'auto', '--reporter', 'json=report.json'], {
    cwd: folder,
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(args: readonly string[]): unknown {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
  });
  return [status, status === 0 ? '' : stdout + stderr];
}

describe('the examples of the library guide', () => {
  it.each(writeGuide(folder, '.test.mjs'))('%s passes with node:test', (name) => {
    expect(run(['--test', name])).toEqual([0, '']);
  });

  it.each(writeGuide(folder, '.test.ts'))('%s passes with vitest', (name) => {
    expect(run([vitest, 'run', '--root', folder, name])).toEqual([0, '']);
  });

  it('are looked at', () => {
    expect(guideFiles().size).toBe(5);
  });
});

describe('the public API', () => {
  it('has the values of the guide’s table, and no other', () => {
    const guide = readFileSync(join(ROOT, 'docs/guides/library.md'), 'utf8');
    const cells = [...guide.matchAll(/^\| (`[^|]*`) \|/gm)].flatMap(([, cell]) =>
      [...cell!.matchAll(/`(\w+)`/g)].map(([, name]) => name!),
    );
    expect(Object.keys(library).sort()).toEqual(cells.sort());
  });

  it('names every type its signatures speak of', () => {
    expect(unnamedTypes()).toEqual([]);
    expect(publicNames().size).toBeGreaterThan(50);
  });
});

describe('imports in the documents', () => {
  it.each(['docs/load.md', 'docs/guides/library.md'])('of %s are exported', (file) => {
    const lists = readFileSync(join(ROOT, file), 'utf8').matchAll(
      /import \{([^}]*)\} from 'kvcache'/g,
    );
    const names = [...lists].flatMap(([, list]) => list!.split(',').map((name) => name.trim()));
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !publicNames().has(name))).toEqual([]);
  });
});
