import { describe, expect, it } from 'vitest';
import type { RouteConfig } from '../../src/config/gateway-config.ts';
import { RouteTable } from '../../src/gateway/routes.ts';

type Match = Partial<RouteConfig['match']>;

const route = (cluster: string, match: Match): RouteConfig => ({
  match: { prefix: undefined, path: undefined, methods: [], headers: [], ...match },
  cluster,
  clusterNotFoundStatus: 0,
});

function clusterFor(routes: RouteConfig[], request: string, headers = {}): string | undefined {
  const [method, path] = request.split(' ');
  return new RouteTable(routes).match(method!, path!, headers)?.cluster;
}

describe('prefix', () => {
  const routes = [route('v1', { prefix: '/v1' }), route('chat', { prefix: '/v1/chat' })];
  it.each([
    ['POST /v1', 'v1'],
    ['POST /v1/', 'v1'],
    ['POST /v1/models', 'v1'],
    ['POST /v1/chat', 'chat'],
    ['POST /v1/chat/completions', 'chat'],
    ['POST /v1/chatter', 'v1'],
    ['POST /v1x', undefined],
    ['POST /', undefined],
  ])('%s → %s', (request, cluster) => expect(clusterFor(routes, request)).toBe(cluster));

  it('/ takes everything', () => {
    expect(clusterFor([route('all', { prefix: '/' })], 'GET /a/b')).toBe('all');
  });

  it('wins over path when both are set', () => {
    expect(clusterFor([route('both', { prefix: '/a', path: '/b' })], 'GET /b')).toBeUndefined();
  });
});

describe('path', () => {
  const routes = [
    route('any', { path: '/m/:id' }),
    route('exact', { path: '/m/one' }),
    route('star', { path: '/s/*/end' }),
    route('rest', { path: '/r/**' }),
    route('under', { prefix: '/m' }),
  ];
  it.each([
    ['GET /m/one', 'exact'],
    ['GET /m/two', 'any'],
    ['GET /m/two/three', 'under'],
    ['GET /s/x/end', 'star'],
    ['GET /s/x/y/end', undefined],
    ['GET /r/a/b/c', 'rest'],
  ])('%s → %s', (request, cluster) => expect(clusterFor(routes, request)).toBe(cluster));

  it('goes back from a literal that leads nowhere', () => {
    const crossing = [route('dead', { path: '/a/b/c' }), route('var', { path: '/a/:x/d' })];
    expect(clusterFor(crossing, 'GET /a/b/d')).toBe('var');
  });

  it('the first of two equal rules wins', () => {
    expect(clusterFor([route('1', { path: '/a' }), route('2', { path: '/a' })], 'GET /a')).toBe(
      '1',
    );
  });
});

describe('methods', () => {
  it('a specific one beats *', () => {
    const routes = [
      route('any', { path: '/a', methods: ['*'] }),
      route('get', { path: '/a', methods: ['GET'] }),
    ];
    expect(clusterFor(routes, 'GET /a')).toBe('get');
    expect(clusterFor(routes, 'PURGE /a')).toBe('any');
  });

  it('none named means the seven usual ones', () => {
    const routes = [route('a', { path: '/a' })];
    expect(clusterFor(routes, 'PATCH /a')).toBe('a');
    expect(clusterFor(routes, 'PURGE /a')).toBeUndefined();
  });
});

describe('headers', () => {
  const canary = { name: 'X-Canary', values: ['yes', 'on'], regex: false };
  const gpt = { name: 'x-model', values: ['^gpt-'], regex: true };
  const routes = [
    route('path', { prefix: '/' }),
    route('canary', { headers: [canary] }),
    route('both', { headers: [gpt, { ...canary, values: ['no'] }] }),
  ];
  it.each([
    [{ 'x-canary': 'on' }, 'canary'],
    [{ 'x-canary': 'no' }, 'path'],
    [{ 'x-canary': 'no', 'x-model': 'gpt-4' }, 'both'],
    [{}, 'path'],
  ])('%j → %s', (headers, cluster) => expect(clusterFor(routes, 'POST /x', headers)).toBe(cluster));

  it('skips a pattern that is none, and reads the flags of Go', () => {
    const bad = { name: 'x-team', values: ['('], regex: true };
    const free = { name: 'x-team', values: ['(?i)^(?P<team>RED)$'], regex: true };
    const both = [
      route('bad', { headers: [bad] }),
      route('free', { headers: [bad, free] }),
      route('path', { prefix: '/' }),
    ];
    expect(clusterFor(both, 'POST /x', { 'x-team': 'red' })).toBe('free');
    expect(clusterFor(both, 'POST /x', { 'x-team': 'blue' })).toBe('path');
  });

  it('do not count beside a path', () => {
    const routes = [route('a', { path: '/a', headers: [canary] })];
    expect(clusterFor(routes, 'GET /a')).toBe('a');
  });
});
