import { withAddresses } from '../config/addresses.ts';
import type { RoutingPolicy } from '../config/gateway-config.ts';
import { renderTemplate } from '../config/render.ts';
import { readShippedConfig } from '../config/shipped.ts';
import { targetVariables } from '../config/target.ts';
import type { YamlSource } from '../config/yaml-source.ts';
import type { TargetSettings } from '../target/settings.ts';

export interface GatewayConfigOptions {
  settings: Pick<TargetSettings, 'targets' | 'template' | 'listenPort' | 'metricPort'>;
  /** Of the embedded gateway; undefined leaves Pixiu's own behaviour. */
  policy: RoutingPolicy | undefined;
  /** The user's template instead of the shipped one. */
  template?: YamlSource | undefined;
}

/**
 * The config of the gateway under test: the original template filled in, engines beyond the second
 * added, bound to loopback. The last lines are ours and mean nothing to Pixiu.
 * @throws KvcacheError TEMPLATE_INVALID (kind usage)
 */
export function verifyGatewayConfig(options: GatewayConfigOptions): string {
  const { targets, template, listenPort, metricPort } = options.settings;
  const { values } = targetVariables({ ...template, MODEL_NAME: targets.model });
  const source = options.template ?? readShippedConfig('real-engine.yaml.tmpl');
  const rendered = renderTemplate(source, values).text;
  const placed = withAddresses(withMoreEngines(rendered, options), {
    listen: { host: '127.0.0.1', port: listenPort },
    metricPort,
    controllerUrl: values['LMCACHE_ENDPOINT']!,
    engineUrls: {},
  });
  return placed + extensionOf(options.policy);
}

/** The template knows two endpoints, in block style, the last thing of the cluster. */
function withMoreEngines(text: string, { settings }: GatewayConfigOptions): string {
  const more = settings.targets.engines.slice(2).map(({ id, url }) => {
    const { hostname, port, protocol } = new URL(url);
    return [
      `        - ID: ${JSON.stringify(id)}`,
      '          socket_address:',
      `            address: ${JSON.stringify(hostname)}`,
      `            port: ${port || (protocol === 'https:' ? 443 : 80)}`,
      '          llm_meta:',
      '            retry_policy:',
      '              name: "NoRetry"',
      '',
    ].join('\n');
  });
  return text.replace(/^ {2}shutdown_config:/m, `${more.join('')}$&`);
}

/** One gateway serves both arms: the header lets a request ask for another policy. */
function extensionOf(policy: RoutingPolicy | undefined): string {
  return [
    'x-kvcache:',
    '  routing:',
    `    policy: ${policy ?? 'lookup'}`,
    '    allow_header_override: true',
    '',
  ].join('\n');
}
