import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configText, served, startUpstream, type Upstream } from '../../helpers/gateway.ts';
import { isAlive, survivors } from '../../helpers/processes.ts';
import { hasScript, KVCACHE, readText } from '../../helpers/terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'kvcache-hangup-'));
const DEADLINE = { timeout: 20_000 };
let engine: Upstream;

beforeAll(async () => {
  engine = await startUpstream(served('engine'));
  writeFileSync(
    join(folder, 'conf.yaml'),
    configText({ endpoints: [{ id: 'engine', port: engine.port }] }),
  );
});
afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true });
});

describe.skipIf(!hasScript)('a server on a terminal', () => {
  it('reloads when it is told to, and ends when the terminal is closed', async () => {
    const file = (name: string): string => join(folder, name);
    const line = `echo $$ > ${file('pid')}; exec ${KVCACHE} gateway start -c ${file('conf.yaml')}`;
    const terminal = spawn('script', ['-qfc', line, file('screen')], { stdio: 'ignore' });
    const screen = (): string => (existsSync(file('screen')) ? readText(file('screen')) : '');
    await expect.poll(screen, DEADLINE).toContain('gateway ready');
    const pid = Number(readText(file('pid')));
    process.kill(pid, 'SIGHUP');
    await expect.poll(screen, DEADLINE).toMatch(/reloaded/);
    expect(isAlive(pid)).toBe(true);
    terminal.kill('SIGKILL');
    expect(await survivors([pid], 20_000)).toEqual([]);
  });
});
