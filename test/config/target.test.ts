import { describe, expect, it } from 'vitest';
import { loadGatewayConfig } from '../../src/config/load.ts';
import { renderTemplate } from '../../src/config/render.ts';
import { readShippedConfig } from '../../src/config/shipped.ts';
import { targetVariables } from '../../src/config/target.ts';

const LMCACHE_ENDPOINT = 'http://127.0.0.1:9000';

function engineA(url: string): string {
  const { values } = targetVariables({ VLLM_ENDPOINT: url });
  return `${values['LLM_SCHEME']} ${values['ENGINE_ENDPOINT_A_HOST']} ${values['ENGINE_ENDPOINT_A_PORT']}`;
}

describe('engine A follows the vLLM URL', () => {
  it.each([
    ['http://10.0.0.7:8000', 'http 10.0.0.7 8000'],
    ['http://engine', 'http engine 80'],
    ['https://engine.example/base/path', 'https engine.example 443'],
    ['https://user:secret@engine.example:8443', 'https engine.example 8443'],
    ['http://[2001:db8::1]:8000', 'http [2001:db8::1] 8000'],
    ['http://[::1]', 'http [::1] 80'],
  ])('%s', (url, expected) => expect(engineA(url)).toBe(expected));
});

it('keeps given values, then derives, then takes defaults', () => {
  const { values, origins } = targetVariables({
    VLLM_ENDPOINT: 'http://engine:8000/v/',
    LMCACHE_ENDPOINT,
    ENGINE_ENDPOINT_B_HOST: 'other',
    PIXIU_LISTEN_PORT: '',
    PIXIU_PROM_PORT: '9100',
  });
  expect(values).toMatchObject({
    VLLM_ENDPOINT: 'http://engine:8000/v',
    ENGINE_ENDPOINT_B_HOST: 'other',
    ENGINE_ENDPOINT_B_PORT: '8000',
    PIN_INSTANCE_ID: 'engine-a',
    COMPRESS_INSTANCE_ID: 'engine-b',
    EVICT_INSTANCE_ID: 'engine-a',
    PIXIU_URL: 'http://127.0.0.1:18889',
    PROM_URL: 'http://127.0.0.1:9100/metrics',
    MODEL_NAME: 'Qwen2.5-3B-Instruct',
  });
  expect(origins).toMatchObject({
    PIXIU_PROM_PORT: 'given',
    PIXIU_LISTEN_PORT: 'default',
    ENGINE_ENDPOINT_A_HOST: 'derived',
  });
});

it.each(['engine:8000', 'ftp://engine', 'http://', 'http://u:secret@', '://'])(
  'refuses %s without telling its secret',
  (url) => {
    expect(() => targetVariables({ VLLM_ENDPOINT: url })).toThrow(
      /^The URL of VLLM_ENDPOINT (?!.*secret)/,
    );
  },
);

it('fills the shipped template in, and the result is a valid config', () => {
  const template = readShippedConfig('real-engine.yaml.tmpl');
  const { values } = targetVariables({
    VLLM_ENDPOINT: 'https://[::1]',
    LMCACHE_ENDPOINT,
    ENGINE_ENDPOINT_B_HOST: '10.0.0.2',
  });
  const { text } = renderTemplate(template, values);
  const { config, issues } = loadGatewayConfig({ text, file: 'rendered.yaml' });
  expect(config.clusters[0]?.endpoints).toMatchObject([
    { id: 'engine-a', host: '[::1]', port: 443 },
    { id: 'engine-b', host: '10.0.0.2', port: 443 },
  ]);
  expect(config.listeners[0]).toMatchObject({ address: { port: 18889 }, idleTimeoutMs: 120_000 });
  expect(config.shutdown.timeoutMs).toBe(30_000);
  expect(issues.filter(({ severity }) => severity === 'warning')).toEqual([]);
});
