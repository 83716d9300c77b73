import type { Outcome } from '../../../src/base/outcome.ts';
import type { ProgramName } from './programs.ts';
import type { RouterLaunch, RouterPlace } from './start-router.ts';

/**
 * How a gateway knows where a prompt belongs. `memory` holds for hashing too: no probe from outside
 * can tell them apart. `one-engine`: requests that do not overlap all go to the same engine.
 */
export type RoutesBy = 'index' | 'memory' | 'exact-memory' | 'session' | 'one-engine' | 'none-seen';

export interface RouterCase {
  name: string;
  program: ProgramName;
  launch: (place: RouterPlace) => RouterLaunch;
  /** Flags of the mock engines behind it. */
  engineFlags?: readonly string[];
  routesBy: RoutesBy;
  /** Default: x-session-id. */
  sessionHeader?: string;
  /** It follows KV events, which `verify` is told of too. */
  followsEvents?: true;
  /** What `verify --quick` may say of it. Not given: a row of the same program and way is judged for it. */
  outcomes?: readonly Outcome[];
}

const MODEL = 'mock-model';
const hostOf = (url: string): string => new URL(url).host;

const python =
  (first: readonly string[], policy: string, more: (place: RouterPlace) => string[] = () => []) =>
  (place: RouterPlace): RouterLaunch => {
    const workers = place.engines.map(({ url }) => url);
    const listen = ['--host', '127.0.0.1', '--port', String(place.port)];
    const metrics = ['--prometheus-host', '127.0.0.1'];
    metrics.push('--prometheus-port', String(place.metricsPort));
    return {
      readyPath: '/readiness',
      args: [
        ...first,
        '--policy',
        policy,
        '--worker-urls',
        ...workers,
        ...listen,
        ...metrics,
        ...more(place),
      ],
    };
  };

const smg = (policy: string) => python(['launch'], policy);
const vllmRouter = (policy: string) => python([], policy);

const kvAware = python([], 'kv_aware', ({ engines }) =>
  engines
    .flatMap(({ url, kvEvents }) => ['--kv-event-source', `${url}=${kvEvents}`])
    .concat('--kv-event-block-size', '16', '--kv-event-model', MODEL),
);

const nginx =
  (key: string) =>
  ({ port, folder, engines }: RouterPlace): RouterLaunch => {
    const scratch = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
    const servers = engines.map(({ url }) => `server ${hostOf(url)};`).join(' ');
    return {
      readyPath: '/v1/models',
      args: ['-p', folder, '-e', 'error.log', '-c', 'nginx.conf'],
      files: {
        'nginx.conf': `daemon off; master_process off; pid nginx.pid; events {}
http {
  access_log off; client_body_buffer_size 1m; client_max_body_size 1m;
  ${scratch.map((name) => `${name}_temp_path ${name};`).join(' ')}
  upstream engines { hash ${key} consistent; ${servers} }
  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass http://engines; proxy_http_version 1.1; proxy_buffering off; }
  }
}`,
      },
    };
  };

const haproxy =
  (balance: string) =>
  ({ port, engines }: RouterPlace): RouterLaunch => {
    const servers = engines.map(({ id, url }) => `  server ${id} ${hostOf(url)}`).join('\n');
    return {
      readyPath: '/v1/models',
      args: ['-db', '-f', 'haproxy.cfg'],
      files: {
        'haproxy.cfg': `defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend gateway
  bind 127.0.0.1:${port}
  default_backend engines
backend engines
  balance ${balance}
  hash-type consistent
${servers}
`,
      },
    };
  };

const blind = { routesBy: 'none-seen', outcomes: ['fail'] } as const;
const learning = { routesBy: 'memory', outcomes: ['pass'] } as const;
/** Engines that tell the prompt's tokens at `/v1/chat/completions/render`. */
const SCALED_OUT = ['--scale-out'];
// Nothing the experiment sends is an exact repeat or names a session.
const NO_GAIN = ['fail', 'inconclusive'] as const;

export const ROUTERS: readonly RouterCase[] = [
  { name: 'smg cache_aware', program: 'smg', launch: smg('cache_aware'), ...learning },
  { name: 'smg prefix_hash', program: 'smg', launch: smg('prefix_hash'), ...learning },
  { name: 'smg random', program: 'smg', launch: smg('random'), ...blind },
  { name: 'smg round_robin', program: 'smg', launch: smg('round_robin'), routesBy: 'none-seen' },
  { name: 'smg power_of_two', program: 'smg', launch: smg('power_of_two'), routesBy: 'none-seen' },
  {
    name: 'smg consistent_hashing without its header',
    program: 'smg',
    launch: smg('consistent_hashing'),
    routesBy: 'none-seen',
  },
  {
    name: 'smg consistent_hashing',
    program: 'smg',
    launch: smg('consistent_hashing'),
    sessionHeader: 'x-smg-routing-key',
    routesBy: 'session',
    outcomes: NO_GAIN,
  },
  {
    name: 'vllm-router cache_aware',
    program: 'vllm-router',
    launch: vllmRouter('cache_aware'),
    engineFlags: SCALED_OUT,
    ...learning,
  },
  {
    name: 'vllm-router kv_aware',
    program: 'vllm-router',
    launch: kvAware,
    engineFlags: SCALED_OUT,
    routesBy: 'index',
    followsEvents: true,
    outcomes: ['pass'],
  },
  // A vLLM as it starts by default renders nothing, and 403 leaves this router without the prompt's tokens.
  {
    name: 'vllm-router cache_aware, nothing rendered',
    program: 'vllm-router',
    launch: vllmRouter('cache_aware'),
    ...blind,
  },
  {
    name: 'vllm-router kv_aware, nothing rendered',
    program: 'vllm-router',
    launch: kvAware,
    ...blind,
  },
  {
    // Without a session header all requests have the same key.
    name: 'vllm-router consistent_hash',
    program: 'vllm-router',
    launch: vllmRouter('consistent_hash'),
    routesBy: 'session',
    outcomes: NO_GAIN,
  },
  {
    name: 'vllm-router power_of_two',
    program: 'vllm-router',
    launch: vllmRouter('power_of_two'),
    routesBy: 'none-seen',
  },
  {
    name: 'nginx hash of the body',
    program: 'nginx',
    launch: nginx('$request_body'),
    routesBy: 'exact-memory',
    outcomes: NO_GAIN,
  },
  {
    name: 'haproxy balance hdr(x-session-id)',
    program: 'haproxy',
    launch: haproxy('hdr(x-session-id)'),
    routesBy: 'session',
    outcomes: NO_GAIN,
  },
  {
    name: 'haproxy balance uri',
    program: 'haproxy',
    launch: haproxy('uri'),
    routesBy: 'one-engine',
    outcomes: NO_GAIN,
  },
];
