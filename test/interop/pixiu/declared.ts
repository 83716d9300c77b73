import type { Declared } from '../differential/differences.ts';

/** Where this gateway means to do otherwise than the real Pixiu. `request` is the case. */
export const PIXIU_DECLARED: readonly Declared[] = [
  {
    request: /^CountBased 2, engine answers 4(?!29)/,
    at: 'asked',
    reason: 'what the client did wrong does not get right by asking again',
  },
  {
    request: /^cooldown of/,
    at: /^(statuses|served by|asked)$/,
    reason:
      'a cooling endpoint is left out while another is well, and asked where none is; 0 is no cooldown',
  },
  {
    request: 'fallback from the last of three',
    at: /^(statuses|served by|asked)$/,
    reason: 'fallback goes round',
  },
  {
    request: 'an engine that is down, without fallback',
    at: /^(statuses|served by|asked)$/,
    reason: 'a request that no engine has seen may always move',
  },
  {
    request: 'route {prefix: /v1, methods: [get]}',
    at: /^(statuses|served by|asked)$/,
    reason:
      'methods are taken as they are meant; the linter says that Pixiu matches none (method-case)',
  },
  {
    request: /^(all engines down|a route without its cluster|no route)$/,
    at: 'error body',
    reason: 'the same members, a text that says more',
  },
  {
    request: 'headers of a plain request',
    at: /^request header (user-agent|accept-encoding|transfer-encoding)$/,
    reason: 'the client’s own headers pass, and a body of known length keeps it',
  },
  {
    request: 'headers of a plain request',
    at: /^request header (via|x-forwarded-\w+)$/,
    reason: 'said of every request that comes through',
  },
  {
    request: 'a redirect of the engine',
    at: /^(statuses|served by|asked)$/,
    reason: 'a redirect is the client’s to follow',
  },
  {
    request: 'two values of one answer header',
    at: 'answer header x-two',
    reason: 'all values pass',
  },
  {
    request: 'an empty path segment',
    at: /^(statuses|served by|asked)$/,
    reason: 'the path is the engine’s to judge',
  },
  { request: 'a method of no standard', at: 'statuses', reason: 'no request line we take' },
  {
    request: /^(headers of a plain request|two values of one answer header)$/,
    at: /^answer header x-kvcache-/,
    reason: 'ours; x-kvcache.response_headers turns them off',
  },
];
