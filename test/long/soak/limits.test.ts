import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configText, startUpstream, type Upstream } from '../../helpers/gateway.ts';
import { peakMiB, spawnGateway } from '../hostile/rig.ts';
import { countOf, startClients } from './clients.ts';

let engine: Upstream;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kvcache-soak-'));
  engine = await startUpstream((_request, response) => response.end('well'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await engine.close();
});

const config = (extension: string): string =>
  configText({ endpoints: [{ id: 'a', port: engine.port }], extension });

/** Lines of the log are as long as its path. */
const longPath = (chars: number) => () => ({ path: `/v1/${'x'.repeat(chars)}` });

/** Runs clients until `isEnough`, all of whose requests must be answered 200. */
async function serveUntil(
  port: number,
  isEnough: (served: number) => boolean,
  next = longPath(10),
): Promise<void> {
  const clients = startClients(port, 8, next);
  await expect.poll(() => isEnough(countOf(clients)), { timeout: 120_000 }).toBe(true);
  clients.stop();
  await clients.done;
  expect([...clients.fates.keys()]).toEqual([200]);
}

describe('a log without room', () => {
  it('on a full disk costs lines, and no request', async () => {
    const log = join(folder, 'gateway.log');
    await using gateway = await spawnGateway(config('{access_log: true}'), {
      before: 'ulimit -f 64',
      log,
    });
    await serveUntil(gateway.port, () => statSync(log).size === 64 * 1024);
    await serveUntil(gateway.port, (served) => served >= 3_000);
    gateway.check();
    truncateSync(log);
    await serveUntil(gateway.port, (served) => served >= 8);
    const [, lost] = /warn (\d+) log lines were lost: the file would be larger/.exec(
      readFileSync(log, 'utf8'),
    )!;
    expect(Number(lost)).toBeGreaterThanOrEqual(3_000);
  });

  it('because nobody reads it costs lines, no request, and no memory', async () => {
    await using gateway = await spawnGateway(config('{access_log: true}'), { isLogRead: false });
    // The engine, a server of Node's, takes heads of 16 KiB.
    const lineBytes = 12_000;
    await serveUntil(gateway.port, (served) => served >= 200);
    const before = peakMiB(gateway.child.pid!);
    // 60 MB of lines.
    await serveUntil(
      gateway.port,
      (served) => served * lineBytes >= 60_000_000,
      longPath(lineBytes),
    );
    gateway.check();
    expect(peakMiB(gateway.child.pid!) - before).toBeLessThan(45);
    let log = '';
    gateway.child.stderr!.on('data', (piece: Buffer) => (log += piece.toString()));
    const told = async (): Promise<boolean> => {
      await fetch(`${gateway.url}/v1/x`);
      return /warn \d+ log lines were lost: the reader does not keep up/.test(log);
    };
    await expect.poll(told, { timeout: 30_000 }).toBe(true);
  });
});

/** Connections that the server at a port has not closed. */
function openAt(port: number): number {
  const own = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
  const [LISTEN, TIME_WAIT] = ['0A', '06'];
  return readFileSync('/proc/net/tcp', 'latin1')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local]) => `${local} `.endsWith(own))
    .filter(([, , , state]) => state !== LISTEN && state !== TIME_WAIT).length;
}

describe('file handles', () => {
  it('that run out turn clients away, and nobody is lost who was let in', async () => {
    await using gateway = await spawnGateway(config('{}'), { before: 'ulimit -n 64' });
    const many = startClients(gateway.port, 200);
    await expect.poll(() => countOf(many), { timeout: 60_000 }).toBeGreaterThan(2_000);
    many.stop();
    await many.done;
    expect(many.fates.get(200)).toBeGreaterThan(30);
    const others = [...many.fates.keys()].filter((it) => it !== 200);
    for (const fate of others)
      expect(['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'socket hang up']).toContain(fate);
    expect(gateway.log()).toMatch(/file descriptors would run out \(ulimit -n 64\)/);
    gateway.check();
    // Until it has seen them leave, there is no room for others.
    await expect.poll(() => openAt(gateway.port), { timeout: 20_000 }).toBe(0);
    await serveUntil(gateway.port, (served) => served >= 100);
  });
});
