import { expect, it } from 'vitest';
import { maskSecrets } from '../../src/config/mask.ts';

it.each([
  ['api_key: sk-1234', 'api_key: "***"'],
  ['api_key: "sk-1234" # x', 'api_key: "***" # x'],
  ['a: { API_KEY: sk-1234, b: 1 }', 'a: { API_KEY: "***", b: 1 }'],
  ['a: [{ password: x }, { token: y }]', 'a: [{ password: "***" }, { token: "***" }]'],
  ['api_key: >-\n  sk-1234\n  more\nb: 1', 'api_key: "***"\nb: 1'],
  ['api_key: ""', 'api_key: "***"'],
  ['api_key:\nb: 1', 'api_key:\nb: 1'],
  ['url: http://user:p@ss@host:1/x', 'url: http://***@host:1/x'],
  ['note: hunter22 is it', 'note: *** is it'],
  ['token_cache: { ttl: 1m }', 'token_cache: { ttl: 1m }'],
])('%j is printed as %j', (text, expected) => {
  expect(maskSecrets(text, { DB_PASSWORD: 'hunter22', NAME: 'ttl' }).text).toBe(expected);
});

it('counts what it masks', () => {
  const text = 'api_key: a\nurl: http://u:p@h\n';
  expect(maskSecrets(text, {}).count).toBe(2);
});
