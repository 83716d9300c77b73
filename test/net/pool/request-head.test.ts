import { expect, it } from 'vitest';
import { requestHead } from '../../../src/net/pool/request-head.ts';

const PLAIN = { method: 'POST', path: '/v1?x=1', headers: ['host', 'a:1'], body: undefined };

it('writes request line and fields, bytes above ASCII as they are', () => {
  const headers = ['host', 'a:1', 'x-name', 'Zo\u00eb\t!'];
  expect(requestHead({ ...PLAIN, headers })).toBe(
    'POST /v1?x=1 HTTP/1.1\r\nhost: a:1\r\nx-name: Zo\u00eb\t!\r\n\r\n',
  );
});

it.each([
  ['method', { ...PLAIN, method: 'PO ST' }],
  ['path', { ...PLAIN, path: '/a b' }],
  ['path', { ...PLAIN, path: '/a\r\nx: y' }],
  ['name', { ...PLAIN, headers: ['x\r\ny', 'z'] }],
  ['empty name', { ...PLAIN, headers: ['', 'z'] }],
  ['value', { ...PLAIN, headers: ['x', 'y\r\nz: 1'] }],
  ['value', { ...PLAIN, headers: ['x', 'y\0'] }],
  ['value beyond Latin-1', { ...PLAIN, headers: ['x', '\u2713'] }],
])('refuses a %s that could be taken for something else', (_part, request) => {
  expect(() => requestHead(request)).toThrow('characters that HTTP forbids');
});
