import { describe, expect, it } from 'vitest';
import { basicAuthorization, parseHttpUrl, parseOrigin, redactUrl } from '../../src/base/origin.ts';

describe('parseOrigin', () => {
  it.each([
    ['http://a', 'http://a', 'a:80'],
    ['http://a/', 'http://a', 'a:80'],
    ['HTTP://A:8000', 'http://a:8000', 'a:8000'],
    ['http://a:80', 'http://a', 'a:80'],
    ['https://a', 'https://a', 'a:443'],
    ['https://a:443/v1', 'https://a', 'a:443'],
    ['https://a:80', 'https://a:80', 'a:80'],
    ['  http://a:8000  ', 'http://a:8000', 'a:8000'],
    ['http://a:8000/v1', 'http://a:8000', 'a:8000'],
    ['http://a:8000/v1/', 'http://a:8000', 'a:8000'],
    ['http://a:8000//v1//', 'http://a:8000', 'a:8000'],
    ['http://a:8000/v1/chat/completions', 'http://a:8000', 'a:8000'],
    ['http://a:8000/v1/completions', 'http://a:8000', 'a:8000'],
    ['http://a:8000/v1/models/', 'http://a:8000', 'a:8000'],
    ['http://a:8000/v1/responses', 'http://a:8000', 'a:8000'],
    ['http://a/base', 'http://a/base', 'a:80'],
    ['http://a/base///', 'http://a/base', 'a:80'],
    ['http://a/base/v1', 'http://a/base', 'a:80'],
    ['http://a/v1/base', 'http://a/v1/base', 'a:80'],
    ['http://a/v10', 'http://a/v10', 'a:80'],
    ['http://a/openai/v1/chat/completions', 'http://a/openai', 'a:80'],
    ['http://[::1]', 'http://[::1]', '[::1]:80'],
    ['http://[::1]:8000/v1', 'http://[::1]:8000', '[::1]:8000'],
    ['http://[fe80:0:0:0:0:0:0:1]:8000', 'http://[fe80::1]:8000', '[fe80::1]:8000'],
    ['http://[::ffff:10.0.0.7]:8000', 'http://[::ffff:a00:7]:8000', '[::ffff:a00:7]:8000'],
    ['http://10.0.0.7:8000', 'http://10.0.0.7:8000', '10.0.0.7:8000'],
    ['http://pod-0.llm.svc.cluster.local:8000', undefined, 'pod-0.llm.svc.cluster.local:8000'],
    ['http://u:p@a:8000/v1', 'http://u:p@a:8000', 'a:8000'],
    ['http://a@a:8000', 'http://a@a:8000', 'a:8000'],
    ['http://u@[::1]:8000/b/v1', 'http://u@[::1]:8000/b', '[::1]:8000'],
    ['http://münchen:8000', 'http://xn--mnchen-3ya:8000', 'xn--mnchen-3ya:8000'],
  ])('reads %s', (text, url, address) => {
    expect(parseOrigin(text, 'x')).toMatchObject({ url: url ?? text, address });
  });

  it.each([
    ['', 'is empty'],
    ['   ', 'is empty'],
    ['localhost:8000', 'has no scheme', 'http://localhost:8000.'],
    ['10.0.0.7:8000', 'has no scheme', 'http://10.0.0.7:8000.'],
    ['[::1]:8000', 'has no scheme', 'http://[::1]:8000.'],
    ['//a:8000', 'has no scheme'],
    ['engine', 'has no scheme'],
    ['http:a', 'lacks the two slashes'],
    ['https:/a', 'lacks the two slashes'],
    ['http://', 'has no host'],
    ['http:///v1', 'has no host'],
    ['http://:8000', 'has no host'],
    ['http://u:p@', 'has no host'],
    ['http://8000', 'a port but no host'],
    ['http://::1:8000', 'IPv6 address without brackets'],
    ['http://fe80::1', 'IPv6 address without brackets'],
    ['http://a:', 'no usable port'],
    ['http://a:0', 'no usable port'],
    ['http://a:99999', 'has a port above 65535'],
    ['http://a:eight', 'no valid host'],
    ['http://[::1', 'no valid host'],
    ['http://a b:8000', 'blank'],
    ['http://a:8000/\tv1', 'blank'],
    ['http://a\\b', 'backslash'],
    ['http://a:8000?model=x', 'query or fragment'],
    ['http://a:8000/?', 'query or fragment'],
    ['http://a:8000/#top', 'query or fragment'],
    ['ftp://a', 'has the scheme ftp'],
    ['ws://a', 'has the scheme ws'],
    ['grpc://a:50051', 'has the scheme grpc'],
    ['unix:///run/a.sock', 'has the scheme unix'],
  ])('refuses %j, which %s', (text, wrong, remedy = '') => {
    expect(() => parseOrigin(text, 'engine x')).toThrow(
      expect.objectContaining({
        kind: 'usage',
        code: 'URL_INVALID',
        message: expect.stringContaining(wrong),
        remedy: expect.stringContaining(remedy),
      }),
    );
  });

  it.each(['u:hunter2@a:8000', 'http://u:hunter2@', 'http://a/?key=hunter2', 'ftp://u:hunter2@a'])(
    'keeps the secret of %s out of the error',
    (text) => {
      try {
        parseOrigin(text, 'x');
        expect.unreachable();
      } catch (error) {
        expect(JSON.stringify([(error as Error).message, error])).not.toContain('hunter2');
      }
    },
  );

  it('names host and port for whoever must listen or dial', () => {
    expect(parseOrigin('https://[::1]/base', 'x')).toMatchObject({ host: '::1', port: 443 });
  });
});

describe('the other readings of a URL', () => {
  it('keep the query of a metrics page', () => {
    expect(parseHttpUrl('http://a:9090/metrics?name=x', 'x').href).toBe(
      'http://a:9090/metrics?name=x',
    );
  });

  it('mask what must not be printed', () => {
    expect(redactUrl('http://u:p@a:1/b?key=v')).toBe('http://***@a:1/b?key=***');
    expect(redactUrl('u:p@a')).toBe('(not a URL)');
  });

  it.each([
    ['http://u:p%40q@a', 'u:p@q'],
    ['http://u:100%@a', 'u:100%'],
    ['http://u@a', 'u:'],
  ])('authorise by the user info of %s', (text, pair) => {
    const expected = `Basic ${Buffer.from(pair).toString('base64')}`;
    expect(basicAuthorization(new URL(text))).toBe(expected);
  });
});
