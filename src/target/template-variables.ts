import type { SettingReader } from './setting-reader.ts';
import type { Targets } from './targets.ts';

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

/** What the config template is filled with; its engines are then placed one by one. May hold credentials. */
export function templateVariables(
  reader: SettingReader,
  targets: Pick<Targets, 'engines' | 'controllerUrl'>,
): Record<string, string | undefined> {
  const [a, b = a] = targets.engines;
  return {
    VLLM_ENDPOINT: a?.url,
    LMCACHE_ENDPOINT: targets.controllerUrl ?? undefined,
    ENGINE_ENDPOINT_A_ID: a?.id,
    ENGINE_ENDPOINT_B_ID: b?.id,
    ...Object.fromEntries(TEMPLATE_SETTINGS.map((env) => [env, reader.text({ env })])),
  };
}
