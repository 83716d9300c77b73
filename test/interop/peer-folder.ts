import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The folder a peer is installed in, or why it cannot be. */
export type PeerFolder = { folder: string; missing?: undefined } | { missing: string };

/**
 * Installs a peer once and reuses it. Kept in the user's cache folder (`KVCACHE_INTEROP_DIR` moves
 * it): one of the peers weighs gigabytes.
 */
export async function peerFolder(
  name: string,
  install: (folder: string) => Promise<void>,
): Promise<PeerFolder> {
  const cache = process.env['KVCACHE_INTEROP_DIR'] ?? join(homedir(), '.cache/kvcache-interop');
  const folder = join(cache, name);
  const marker = join(folder, 'complete');
  if (existsSync(marker)) return { folder };
  try {
    mkdirSync(cache, { recursive: true });
    await install(folder);
    writeFileSync(marker, '');
    return { folder };
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    return { missing: `${name} cannot be installed: ${reason}` };
  }
}
