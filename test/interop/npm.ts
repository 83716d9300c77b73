import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type PeerFolder, peerFolder } from './peer-folder.ts';

const run = promisify(execFile);

/**
 * Installs one npm package into a folder of its own once and reuses it. Without install scripts:
 * a native package has to bring a build for this system, or is taken as missing.
 */
export function npmPeer(name: string, version: string): Promise<PeerFolder> {
  return peerFolder(`${name.replace('/', '+')}-${version}`, async (folder) => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"private":true}');
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund'];
    await run('npm', ['install', ...flags, `${name}@${version}`], { cwd: folder });
    await run(process.execPath, ['-e', `require(${JSON.stringify(name)})`], { cwd: folder });
  });
}
