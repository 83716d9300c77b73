import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock.ts';
import { pollUntil } from '../../src/base/poll.ts';

/** The folder a peer is installed in, or why it cannot be. */
export type PeerFolder = { folder: string; missing?: undefined } | { missing: string };

/** The slowest installs gigabytes. */
const INSTALL_MS = 30 * 60_000;

/**
 * Installs a peer once and reuses it. Kept in the user's cache folder (`KVCACHE_INTEROP_DIR` moves
 * it): one of the peers weighs gigabytes. Of several processes that want it one installs.
 */
export async function peerFolder(
  name: string,
  install: (folder: string) => Promise<void>,
): Promise<PeerFolder> {
  const cache = process.env['KVCACHE_INTEROP_DIR'] ?? join(homedir(), '.cache/kvcache-interop');
  const folder = join(cache, name);
  const marker = join(folder, 'complete');
  if (existsSync(marker)) return { folder };
  const lock = join(cache, `${name}.lock`);
  mkdirSync(cache, { recursive: true });
  const isOurs = await pollUntil(async () => takeLock(lock), {
    clock: systemClock,
    deadlineMs: INSTALL_MS,
  });
  if (isOurs !== true) return { missing: `${name} is being installed by another process` };
  try {
    if (existsSync(marker)) return { folder };
    // Half an installation is none.
    rmSync(folder, { recursive: true, force: true });
    await install(folder);
    writeFileSync(marker, '');
    return { folder };
  } catch (error) {
    return { missing: `${name} cannot be installed: ${reasonOf(error)}` };
  } finally {
    rmSync(lock);
  }
}

/** True once this process has it; undefined while another one that lives has it. */
function takeLock(lock: string): true | undefined {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    if (!isAlive(lock)) rmSync(lock, { force: true });
    return undefined;
  }
}

function isAlive(lock: string): boolean {
  try {
    return process.kill(Number(readFileSync(lock, 'utf8')), 0);
  } catch {
    return false;
  }
}

/** An installer's own last words, where it had any. */
function reasonOf(error: unknown): string {
  const said = (error as { stderr?: string }).stderr?.trim().split('\n').at(-1);
  return said || (error instanceof Error ? error.message.split('\n')[0]! : String(error));
}
