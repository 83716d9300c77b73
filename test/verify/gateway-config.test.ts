import { describe, expect, it } from 'vitest';
import { examineGatewayConfig } from '../../src/config/load.ts';
import { resolveTargets } from '../../src/target/settings.ts';
import { verifyGatewayConfig } from '../../src/verify/gateway-config.ts';

function configOf(
  flags: Record<string, string | string[]>,
  policy: 'random' | 'prefix' | undefined,
) {
  const settings = resolveTargets({ model: 'm', listenPort: '0', ...flags }, {});
  const text = verifyGatewayConfig({ settings, policy });
  const { config, issues } = examineGatewayConfig({ file: 'gateway.yaml', text });
  expect(issues.filter((it) => it.severity === 'error')).toEqual([]);
  return config!;
}

describe('the gateway config', () => {
  it('has every engine, stays on loopback, and lets a request choose its policy', () => {
    const engine = ['a=http://h1:8000', 'b=http://h2:8000', 'c=http://h3:8000'];
    const config = configOf({ engine, lmcache: 'http://l:9000' }, 'random');
    expect(config.clusters[0]!.endpoints.map(({ id, host }) => [id, host])).toEqual([
      ['a', 'h1'],
      ['b', 'h2'],
      ['c', 'h3'],
    ]);
    expect(config.listeners[0]!.address).toEqual({ host: '127.0.0.1', port: 0 });
    expect(config.extension.routing).toMatchObject({ policy: 'random', allowHeaderOverride: true });
  });

  it('asks a controller by default where there is one', () => {
    const engine = ['a=http://h1:8000', 'b=http://h2:8000'];
    const config = configOf({ engine, lmcache: 'http://l:9000' }, undefined);
    expect(config.extension.routing).toMatchObject({ policy: 'lookup' });
  });
});
