import { describe, expect, it } from 'vitest';
import { loadGatewayConfig } from '../../../src/config/load.ts';
import { configText } from '../../helpers/gateway.ts';

const at = (url: string) => () =>
  loadGatewayConfig({
    file: 'conf.yaml',
    text: configText({
      endpoints: [{ id: 'a', port: 1 }],
      extension: `{shared_memory: {url: ${JSON.stringify(url)}}}`,
    }),
  });

describe('the URL of the store of the shared memory', () => {
  it.each([
    'redis://127.0.0.1:6379',
    'redis://store',
    'rediss://user:p%40ss@store.internal:6380/2',
    'redis://:secret@[::1]:6379',
  ])('%s is taken', (url) => {
    expect(at(url)).not.toThrow();
  });

  it.each([
    'http://store:6379',
    'redis:store',
    'redis://',
    'redis://store:99999',
    'redis://:50%@store',
    'redis://store:6379/db',
    'redis://store:6379?x=1',
    'redis://a b',
    'redis://::1:6379',
  ])('%s is refused', (url) => {
    expect(at(url)).toThrowError(
      expect.objectContaining({ details: [expect.stringContaining('shared-memory-url')] }),
    );
  });
});
