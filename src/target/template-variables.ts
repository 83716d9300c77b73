import { hostInUrl, originOf } from '../base/origin.ts';
import type { SettingReader } from './setting-reader.ts';
import type { EngineTarget, Targets } from './targets.ts';

const TEMPLATE_SETTINGS = [
  'MEMORY_THRESHOLD',
  'HOT_CONTENT_THRESHOLD',
  'LOAD_THRESHOLD',
  'PIN_INSTANCE_ID',
  'PIN_LOCATION',
  'COMPRESS_INSTANCE_ID',
  'COMPRESS_LOCATION',
  'EVICT_INSTANCE_ID',
] as const;

/** What the config template is filled with; the rest follows from it. May hold credentials. */
export function templateVariables(
  reader: SettingReader,
  targets: Pick<Targets, 'engines' | 'controllerUrl'>,
  ports: { listenPort: number; metricPort: number },
): Record<string, string | undefined> {
  const [a, b = a] = targets.engines;
  return {
    PIXIU_LISTEN_PORT: String(ports.listenPort),
    PIXIU_PROM_PORT: String(ports.metricPort),
    VLLM_ENDPOINT: a?.url,
    // Pixiu's config wants one; without a controller no policy that we choose ever calls it.
    LMCACHE_ENDPOINT: targets.controllerUrl ?? a?.url,
    ...(a && placeOf('A', a)),
    ...(b && placeOf('B', b)),
    ...Object.fromEntries(TEMPLATE_SETTINGS.map((env) => [env, reader.text({ env })])),
  };
}

function placeOf(letter: string, { id, url }: EngineTarget): Record<string, string> {
  const { host, port } = originOf(url);
  return {
    [`ENGINE_ENDPOINT_${letter}_ID`]: id,
    [`ENGINE_ENDPOINT_${letter}_HOST`]: hostInUrl(host),
    [`ENGINE_ENDPOINT_${letter}_PORT`]: String(port),
  };
}
