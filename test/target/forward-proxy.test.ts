import { describe, expect, it } from 'vitest';
import { refuseForwardProxy } from '../../src/target/forward-proxy.ts';

const PROXY = 'http://proxy:3128';

function refused(env: Record<string, string>, url: string): boolean {
  try {
    refuseForwardProxy(env, url, null);
    return false;
  } catch (error) {
    expect(error).toMatchObject({ code: 'PROXY_UNSUPPORTED', kind: 'usage' });
    return true;
  }
}

describe('refuseForwardProxy', () => {
  it.each([
    [{ http_proxy: PROXY }, 'http://10.0.0.7:8000', true],
    [{ HTTP_PROXY: PROXY }, 'http://engine:8000', true],
    [{ https_proxy: PROXY }, 'https://engine', true],
    [{ ALL_PROXY: PROXY }, 'https://engine', true],
    [{ https_proxy: PROXY }, 'http://engine:8000', false],
    [{ http_proxy: ' ' }, 'http://engine:8000', false],
    [{ http_proxy: PROXY }, 'http://127.0.0.1:8000', false],
    [{ http_proxy: PROXY }, 'http://[::1]:8000', false],
    [{ http_proxy: PROXY, no_proxy: 'other, engine' }, 'http://engine:8000', false],
    [{ http_proxy: PROXY, NO_PROXY: '.lab' }, 'http://engine.lab', false],
    [{ http_proxy: PROXY, NO_PROXY: 'lab' }, 'http://engine.lab', false],
    [{ http_proxy: PROXY, NO_PROXY: 'lab' }, 'http://collab', true],
    [{ http_proxy: PROXY, no_proxy: '10.0.0.0/8' }, 'http://10.0.0.7:8000', false],
    [{ http_proxy: PROXY, no_proxy: '10.0.0.0/8' }, 'http://11.0.0.7:8000', true],
    [{ http_proxy: PROXY, no_proxy: '10.0.0.0/99' }, 'http://10.0.0.7:8000', true],
    [{ http_proxy: PROXY, no_proxy: 'engine:8001' }, 'http://engine:8000', true],
    [{ http_proxy: PROXY, no_proxy: 'engine:8000' }, 'http://engine:8000', false],
    [{ http_proxy: PROXY, no_proxy: '[fd00::7]:8000' }, 'http://[fd00::7]:8000', false],
    [{ http_proxy: PROXY, no_proxy: 'fd00::/16' }, 'http://[fd00::7]:8000', false],
    [{ http_proxy: PROXY, no_proxy: '*' }, 'http://engine:8000', false],
  ])('with %j asks nobody but a proxy for %s: %s', (env, url, isRefused) => {
    expect(refused(env, url)).toBe(isRefused);
  });

  it('names the variable and the host', () => {
    expect(() => refuseForwardProxy({ https_proxy: PROXY }, 'https://u:secret@engine')).toThrow(
      /^https_proxy is set and no_proxy does not name engine,/,
    );
  });
});
