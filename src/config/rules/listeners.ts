import { type Rule, rule } from './rule.ts';

/** Rules about listeners, routes, ports, and lists of which only the first item counts. */
export const LISTENER_RULES = {
  'no-listener': rule(
    'error',
    'There is a listener with an HTTP connection manager.',
    'Nothing is listened on.',
    'Add a listener, see `kvcache config init`.',
  ),
  'port-conflict': rule(
    'error',
    'Every port is used once.',
    'The second server cannot start.',
    'Give one of them another port.',
  ),
  'unknown-cluster': rule(
    'warning',
    'Every route names a cluster that exists.',
    'Every request on the route is answered with an error.',
    'Correct the name, or add the cluster.',
  ),
  'prefix-and-path': rule(
    'warning',
    'A route matches by prefix or by path.',
    'prefix wins, path is not looked at.',
    'Keep one of the two.',
  ),
  'route-headers-ignored': rule(
    'warning',
    'Header matches stand on routes without prefix and path.',
    'The headers are not looked at.',
    'Delete headers, or delete prefix and path.',
  ),
  'duplicate-route': rule(
    'warning',
    'No two routes match the same requests.',
    'The first wins, the second is never used.',
    'Delete one, or tell them apart by methods.',
  ),
  'empty-match': rule(
    'warning',
    'Every route says what it matches.',
    'The route is never used.',
    'Write prefix: "/" to match everything.',
  ),
  'unknown-method': rule(
    'warning',
    'Methods are names of HTTP methods, or `*`.',
    'No request has this method.',
    'Write GET, POST, PUT, DELETE, PATCH, OPTIONS, HEAD or `*`.',
  ),
  'method-case': rule(
    'warning',
    'Methods are written in capitals.',
    'Pixiu matches no request; this gateway takes the method as it is meant.',
    'Write it in capitals.',
  ),
  'only-first-used': rule(
    'warning',
    'Lists of which one item counts hold one item.',
    'Only the first is used.',
    'Delete the others.',
  ),
  'bad-regex': rule(
    'error',
    'Header patterns are regular expressions of RE2, as Go reads them.',
    'Pixiu skips the matcher, so the route matches more than it says.',
    'Correct the pattern; lookaheads and backreferences do not exist in RE2.',
  ),
} as const satisfies Record<string, Rule>;
