import { describe, expect, it } from 'vitest';
import { acceptAnswer } from '../../src/target/engine-http.ts';

describe('what is wrong with an answer', () => {
  it.each([
    [401, '', 'UNAUTHORIZED', /--api-key-env/],
    [403, '', 'UNAUTHORIZED', /--api-key-env/],
    [307, '', 'REDIRECTED', /redirects to/],
    [400, 'Client sent an HTTP request to an HTTPS server.', 'WRONG_SCHEME', /https:/],
    [
      400,
      '<center>The plain HTTP request was sent to HTTPS port</center>',
      'WRONG_SCHEME',
      /https:/,
    ],
    [400, 'maximum context length is 4096 tokens', 'HTTP_ERROR', /beyond its context/],
    [404, '{"message":"The model `x` does not exist."}', 'MODEL_NOT_FOUND', /--model/],
    [404, '<html>no model here</html>', 'NO_SUCH_ROUTE', /base URL/],
    [404, '{"detail":"Not Found"}', 'NO_SUCH_ROUTE', /base URL/],
    [405, '', 'NO_SUCH_ROUTE', /base URL/],
    [422, '', 'HTTP_ERROR', /does not accept/],
    [429, '', 'HTTP_ERROR', /raised/],
    [500, '', 'HTTP_ERROR', /log/],
    [503, '', 'HTTP_ERROR', /until the model is loaded/],
  ])('HTTP %i %s → %s', (status, text, code, remedy) => {
    expect(() => acceptAnswer({ status, text }, 'http://u:p@a/v1/x')).toThrow(
      expect.objectContaining({
        code,
        remedy: expect.stringMatching(remedy),
        where: 'http://***@a/v1/x',
      }),
    );
  });

  it('is nothing when it is 200', () => {
    expect(() => acceptAnswer({ status: 200, text: '' }, 'http://a')).not.toThrow();
  });
});
