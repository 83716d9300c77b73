import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadZeromq } from '../../../src/net/kv-events/load-zeromq.ts';

describe('the optional package zeromq', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'kvcache-zeromq-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** A folder whose installed zeromq is this text; returns a place to resolve from. */
  function installed(name: string, text: string): string {
    const home = join(folder, name, 'node_modules/zeromq');
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, 'index.js'), text);
    return join(folder, name, 'package.json');
  }

  it('is asked for when it is missing', async () => {
    await expect(loadZeromq([join(folder, 'package.json')])).rejects.toMatchObject({
      kind: 'usage',
      code: 'ZEROMQ_MISSING',
    });
  });

  it.each([
    [
      'broken',
      'throw new Error("No native build was found\\nfor your system");',
      'No native build was found.',
    ],
    ['old', 'exports.socket = () => {};', 'it is older than version 6.'],
  ])('is refused when it is %s', async (name, text, reason) => {
    await expect(loadZeromq([installed(name, text)])).rejects.toMatchObject({
      kind: 'usage',
      code: 'ZEROMQ_UNUSABLE',
      message: `The npm package zeromq cannot be used: ${reason}`,
      where: expect.stringContaining(name),
    });
  });

  it('is taken from the first place that has it', async () => {
    const good = installed('good', 'exports.Publisher = class {}; exports.Router = class {};');
    const { Publisher } = await loadZeromq([join(folder, 'package.json'), good]);
    expect(Publisher).toBeTypeOf('function');
  });
});
