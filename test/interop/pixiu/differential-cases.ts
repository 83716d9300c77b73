import type { ConfigText } from '../../helpers/gateway.ts';
import type { Sent } from './exchange.ts';

/** Statuses an engine answers in turn, the last one over and over; `down`: nothing listens there. */
export type Script = readonly number[] | 'down';

interface EngineOfCase {
  id: string;
  script: Script;
  llm?: string;
  /** Added to each of its answers. */
  headers?: Record<string, string | string[]>;
}

export interface Case {
  name: string;
  /** Ids in cluster order, each with its script and its `llm_meta` as YAML flow. */
  engines: readonly EngineOfCase[];
  config?: Omit<ConfigText, 'endpoints'>;
  requests: readonly Sent[];
  /** What is compared beside statuses and who was asked how often. */
  also?: readonly ('request headers' | 'answer headers' | 'error body')[];
}

const times = (count: number): Sent[] => Array.from({ length: count }, () => ({}));
const retry = (count: number): string =>
  `retry_policy: {name: CountBased, config: {times: ${count}}}`;
const FALLBACK = 'fallback: true, retry_policy: {name: NoRetry}';

const RETRIES: readonly Case[] = [200, 400, 401, 404, 408, 422, 429, 500, 502, 503].map(
  (status) => ({
    name: `CountBased 2, engine answers ${status}`,
    engines: [{ id: 'a', script: [status], llm: retry(2) }],
    requests: times(1),
  }),
);

const FAILURES: readonly Case[] = [
  {
    name: 'NoRetry, 500',
    engines: [{ id: 'a', script: [500], llm: 'retry_policy: {name: NoRetry}' }],
    requests: times(1),
  },
  {
    name: 'CountBased without times, 500',
    engines: [{ id: 'a', script: [500], llm: 'retry_policy: {name: countbased}' }],
    requests: times(1),
  },
  {
    name: 'ExponentialBackoff 3, 500 twice',
    engines: [
      {
        id: 'a',
        script: [500, 500, 200],
        llm: 'retry_policy: {name: ExponentialBackoff, config: {times: 3, initialInterval: 1ms}}',
      },
    ],
    requests: times(1),
  },
  {
    name: 'cooldown of the only engine',
    engines: [{ id: 'a', script: [500, 200] }],
    requests: times(2),
  },
  {
    name: 'cooldown of one of two without fallback',
    engines: [
      { id: 'a', script: [500, 200] },
      { id: 'b', script: [200] },
    ],
    requests: times(4),
  },
  {
    name: 'cooldown of 0',
    engines: [{ id: 'a', script: [500, 200], llm: 'health_check_interval: 0' }],
    requests: times(2),
  },
  {
    name: 'fallback from the first of three',
    engines: ['a', 'b', 'c'].map((id) => ({
      id,
      script: id === 'c' ? [200] : [500],
      llm: FALLBACK,
    })),
    requests: times(1),
  },
  {
    name: 'fallback from the last of three',
    engines: ['a', 'b', 'c'].map((id) => ({
      id,
      script: id === 'c' ? [500] : [200],
      llm: FALLBACK,
    })),
    requests: times(3),
  },
  {
    name: 'fallback from an engine that is down',
    engines: [
      { id: 'a', script: 'down', llm: FALLBACK },
      { id: 'b', script: [200], llm: FALLBACK },
    ],
    requests: times(2),
  },
  {
    name: 'an engine that is down, without fallback',
    engines: [
      { id: 'a', script: 'down' },
      { id: 'b', script: [200] },
    ],
    requests: times(2),
  },
  {
    name: 'all engines down',
    engines: [{ id: 'a', script: 'down', llm: FALLBACK }],
    requests: times(1),
    also: ['error body'],
  },
];

const PATHS = ['/v1', '/v1/', '/v1/chat', '/v1chat', '/v2/x', '/v2/x/y', '/v2', '/', '/w/a/b/c'];
const MATCHES = [
  '{prefix: /v1}',
  '{prefix: /v1/}',
  '{prefix: /}',
  '{path: /v1/chat}',
  '{path: "/v2/:name"}',
  '{path: "/v2/*"}',
  '{path: "/w/**"}',
  '{path: /v2/x, prefix: /v1}',
  '{prefix: /v1, methods: [GET]}',
  '{prefix: /v1, methods: [POST, "*"]}',
  '{prefix: /v1, methods: [get]}',
  '{headers: [{name: x-team, values: [red]}]}',
  '{headers: [{name: x-team, values: ["^r.d$"], regex: true}]}',
];

const ROUTES: readonly Case[] = MATCHES.map((match) => ({
  name: `route ${match}`,
  engines: [{ id: 'a', script: [200] }],
  config: { routes: `[{match: ${match}, route: {cluster: llm}}]` },
  requests: [
    ...PATHS.flatMap((path) => ['POST', 'GET'].map((method) => ({ path, method }))),
    { headers: { 'x-team': 'red' } },
    { headers: { 'x-team': 'blue' } },
  ],
}));

const HEADERS: readonly Case[] = [
  {
    name: 'headers of a plain request',
    engines: [{ id: 'a', script: [200], llm: 'api_key: key' }],
    requests: [{ headers: { 'x-mine': '1', 'user-agent': 'me/1', authorization: 'Bearer mine' } }],
    also: ['request headers', 'answer headers'],
  },
  {
    name: 'a route without its cluster',
    engines: [{ id: 'a', script: [200] }],
    config: { routes: '[{match: {prefix: /v1}, route: {cluster: other}}]' },
    requests: times(1),
    also: ['error body'],
  },
  {
    name: 'no route',
    engines: [{ id: 'a', script: [200] }],
    requests: [{ path: '/none' }],
    also: ['error body'],
  },
  {
    name: 'a redirect of the engine',
    engines: [{ id: 'a', script: [302, 200], headers: { location: '/v1/other' } }],
    requests: times(1),
  },
  {
    name: 'two values of one answer header',
    engines: [{ id: 'a', script: [200], headers: { 'x-two': ['1', '2'] } }],
    requests: times(1),
    also: ['answer headers'],
  },
  {
    name: 'an empty path segment',
    engines: [{ id: 'a', script: [200] }],
    requests: [{ path: '/v1//x', method: 'GET' }],
  },
  {
    name: 'a method of no standard',
    engines: [{ id: 'a', script: [200] }],
    requests: [{ method: 'FOO' }],
  },
  {
    name: 'RoundRobin over three',
    engines: ['a', 'b', 'c'].map((id) => ({ id, script: [200] })),
    requests: times(7),
  },
];

export const CASES: readonly Case[] = [...RETRIES, ...FAILURES, ...ROUTES, ...HEADERS];
