import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startStack } from '../../src/stack/start-stack.ts';

it('lends a folder that goes with the stack', async () => {
  const stack = await startStack({}, ({ workDir }) => {
    writeFileSync(join(workDir, 'engine.log'), 'up\n');
    return Promise.resolve({ workDir });
  });
  expect(existsSync(stack.workDir)).toBe(true);
  await stack.stop();
  expect(existsSync(stack.workDir)).toBe(false);
  await stack.stop();
});

it('leaves a folder of the caller as it is', async () => {
  const workDir = mkdtempSync(join(tmpdir(), 'kvcache-test-'));
  {
    await using stack = await startStack({ workDir }, (setting) => Promise.resolve(setting));
    expect(stack.workDir).toBe(workDir);
  }
  expect(existsSync(workDir)).toBe(true);
  rmSync(workDir, { recursive: true });
});

it('keeps the logs of a start that failed, and no empty folder', async () => {
  const folders: string[] = [];
  const failWith = async (log: string | undefined): Promise<void> => {
    const starting = startStack({}, ({ workDir }) => {
      folders.push(workDir);
      if (log !== undefined) writeFileSync(join(workDir, 'engine.log'), log);
      return Promise.reject(new Error('not ready'));
    });
    await expect(starting).rejects.toThrow('not ready');
  };
  await failWith('why\n');
  await failWith(undefined);
  expect(folders.map((folder) => existsSync(folder))).toEqual([true, false]);
  rmSync(folders[0]!, { recursive: true });
});

it('hears of what its surroundings say, and of its own process for the rest', async () => {
  const stop = new AbortController();
  const surroundings = { env: { NAME: 'value' }, signal: stop.signal };
  await using stack = await startStack({ surroundings }, (setting) => Promise.resolve(setting));
  expect(stack.surroundings).toMatchObject({ env: { NAME: 'value' }, nodePath: process.execPath });
  stop.abort(new Error('enough'));
  expect(stack.signal.reason).toEqual(new Error('enough'));
});
