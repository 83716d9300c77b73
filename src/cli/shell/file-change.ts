import { type Stats, unwatchFile, watchFile } from 'node:fs';

const LOOK_EVERY_MS = 500;

/**
 * Calls `listener` when the file is another one. It is looked at by name, so that editors and config maps
 * may replace it. The function that is returned ends that.
 */
export function onFileChange(file: string, listener: () => void): () => void {
  const look = (now: Stats, before: Stats): void => {
    // A file that is gone is on its way to being replaced; the next look finds the new one.
    if (now.mtimeMs !== 0 && isOther(now, before)) listener();
  };
  watchFile(file, { interval: LOOK_EVERY_MS, persistent: false }, look);
  return () => unwatchFile(file, look);
}

/** Times are kept in steps, and copied with files: another file may well have the same one. */
function isOther(now: Stats, before: Stats): boolean {
  return now.mtimeMs !== before.mtimeMs || now.ino !== before.ino || now.size !== before.size;
}
