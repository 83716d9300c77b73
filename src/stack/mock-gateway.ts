import { variable } from '../base/environment.ts';
import { access, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { reachableUrl } from '../net/listen.ts';
import { baseUrl, listenAddressOf } from './environment.ts';
import type { WantedPort } from './free-ports.ts';
import { findGatewayProgram, type GatewayProgram } from './gateway-program.ts';
import { placeGateway, type WantedGatewayPorts } from './gateway-place.ts';
import type { GatewayPlace } from './gateway-process.ts';
import type { SamplePlaces } from './gateway-config.ts';
import type { GatewayChoice } from '../net/gateway-choice.ts';
import type { StackPorts, Surroundings } from './options.ts';
import { stackError } from './errors.ts';
import { baseError } from '../base/errors.ts';

const SAMPLE_PORT = 18_888;
const SAMPLE_METRIC_PORT = 2_222;
/** Controller and two engines take the first three of `--port-base`. */
const BASE_OFFSET = 3;

/** A gateway that can be started once the backends are known. */
export interface PlannedGateway {
  found: GatewayProgram;
  place: GatewayPlace;
  ports: WantedPort[];
  /** Loads what `prepare` needs. Worth doing while the backends start: a YAML library is slow to load. */
  preload: () => Promise<unknown>;
  /** Writes the config, unless the user brought one. */
  prepare: (backends: Pick<SamplePlaces, 'controller' | 'engines'>) => Promise<void>;
}

/**
 * Finds the program and decides ports and config before anything is started.
 * @throws KvcacheError GATEWAY_NOT_FOUND (target); GATEWAY_NOT_EXECUTABLE, FILE_UNREADABLE, URL_INVALID,
 *   PORTS_CONFLICT (usage)
 */
export async function planGateway(
  choice: Exclude<GatewayChoice, { kind: 'running' }>,
  ports: StackPorts,
  workDir: string,
  surroundings: Surroundings,
): Promise<PlannedGateway> {
  const { env, cwd } = surroundings;
  const ownConfig = variable(env, 'PIXIU_CONFIG');
  if (ownConfig !== undefined) {
    const configPath = await usersConfig(resolve(cwd, ownConfig), ports);
    const found = await findGatewayProgram(choice, configPath, surroundings);
    const url = baseUrl(env, 'PIXIU_URL') ?? (found.printsReadyLine ? undefined : sampleUrl());
    const place = { url, metricsUrl: null, source: 'PIXIU_CONFIG' };
    return { found, place, ports: [], preload: async () => {}, prepare: async () => {} };
  }
  const configPath = join(workDir, 'gateway.yaml');
  const found = await findGatewayProgram(choice, configPath, surroundings);
  const wanted = gatewayPorts(ports, surroundings);
  const { listen, metricPort, place } = await placeGateway(found, wanted);
  return {
    found,
    place,
    ports: [
      { title: found.title, listen, reuse: `--gateway ${reachableUrl(listen)}` },
      { title: `${found.title}'s metrics`, listen: { host: undefined, port: metricPort } },
    ],
    preload: () => import('./gateway-config.ts'),
    prepare: async (backends) => {
      const { sampleConfig } = await import('./gateway-config.ts');
      const text = sampleConfig({
        listen: { ...listen, host: listen.host ?? '0.0.0.0' },
        metricPort,
        ...backends,
      });
      await writeFile(configPath, text, { mode: 0o600 });
    },
  };
}

function sampleUrl(): string {
  return `http://127.0.0.1:${SAMPLE_PORT}`;
}

async function usersConfig(path: string, ports: StackPorts): Promise<string> {
  if (ports.kind !== 'sample') {
    throw stackError('PORTS_CONFLICT', { where: path });
  }
  try {
    await access(path);
    return path;
  } catch (error) {
    throw baseError('FILE_UNREADABLE', {
      message: 'The config file of PIXIU_CONFIG cannot be read.',
      where: path,
      remedy: 'Correct the path, or unset PIXIU_CONFIG to have a config rendered.',
      cause: error,
    });
  }
}

/** Port 0 is any. */
function gatewayPorts(ports: StackPorts, { env }: Surroundings): WantedGatewayPorts {
  const host = '127.0.0.1';
  if (ports.kind === 'base') {
    const port = ports.base + BASE_OFFSET;
    return { listen: { host, port }, metricPort: port + 1, source: '--port-base' };
  }
  if (ports.kind === 'auto') {
    return { listen: { host, port: 0 }, metricPort: 0, source: '--ports auto' };
  }
  const url = baseUrl(env, 'PIXIU_URL');
  const metricPort = SAMPLE_METRIC_PORT;
  return url === undefined
    ? { listen: { host, port: SAMPLE_PORT }, metricPort, source: 'default' }
    : { listen: listenAddressOf(url), metricPort, source: 'PIXIU_URL' };
}
