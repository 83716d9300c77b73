import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { systemClock } from '../../../src/base/clock.ts';
import { pollUntil } from '../../../src/base/poll.ts';
import { placeServers } from '../../../src/config/place-servers.ts';
import { acceptsTcp } from '../../../src/net/tcp-probe.ts';
import { freePort } from '../../../src/stack/free-ports.ts';

/** The real Pixiu as the environment names it: it is in no package registry, so nothing installs it. */
export const PIXIU = findPixiu();

function findPixiu(): { path: string; missing?: undefined } | { missing: string } {
  const named = process.env['PIXIU_BIN'];
  if (!named) return { missing: 'PIXIU_BIN names no pixiu binary' };
  try {
    const path = resolve(named);
    accessSync(path, constants.X_OK);
    return { path };
  } catch {
    return { missing: `PIXIU_BIN is no program: ${named}` };
  }
}

export interface RunningPixiu extends AsyncDisposable {
  url: string;
  metricsUrl: string;
}

const START_MS = 30_000;

/**
 * The real Pixiu with the given config on free ports of its own, once it accepts connections.
 * @param controllerUrl of its kvcache filter, where it has one
 */
export async function startPixiu(
  text: string,
  controllerUrl = 'http://127.0.0.1:9',
): Promise<RunningPixiu> {
  if (PIXIU.missing !== undefined) throw new Error(PIXIU.missing);
  const folder = mkdtempSync(join(tmpdir(), 'kvcache-pixiu-'));
  const [port, metricPort] = [await freePort(), await freePort()];
  const file = join(folder, 'conf.yaml');
  const listen = { host: '127.0.0.1', port };
  writeFileSync(file, placeServers(text, { listen, metricPort, controllerUrl }));
  const child = spawn(PIXIU.path, ['gateway', 'start', '-c', file], {
    cwd: folder,
    stdio: 'ignore',
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    rmSync(folder, { recursive: true });
  };
  const isUp = await pollUntil(
    async () => (await acceptsTcp('127.0.0.1', port, 1_000)) || undefined,
    { clock: systemClock, deadlineMs: START_MS },
  );
  if (isUp) {
    const metricsUrl = `http://127.0.0.1:${metricPort}/metrics`;
    return { url: `http://127.0.0.1:${port}`, metricsUrl, [Symbol.asyncDispose]: stop };
  }
  await stop();
  throw new Error('pixiu does not come up');
}
