import { policy } from '../config/extension-schema.ts';
import { choice, duration, flag, integer, list, optional, text } from '../schema/describe.ts';
import { type FlagTable, row } from '../schema/flag-row.ts';
import { TIMING } from './timing.ts';

export const AUTO_MODEL = 'auto';

/** How a gateway knows where to send a request: by an index of what engines hold, or by what it routed. */
export type Learns = 'auto' | 'index' | 'memory';

const word = (doc: string) => optional(text(doc));
const words = (doc: string) => list(`${doc}; repeatable`, text(''));
const port = (doc: string, fallback: number) =>
  integer(`${doc}; 0 takes a free one`, fallback, { max: 65_535 });

/** How its servers let us in; the same for every command that sends requests. */
export const ACCESS_FLAGS = {
  apiKeyEnv: row('variable', word('variable that holds the API key of engines and gateway')),
  header: row(
    'name:value',
    list('request header for engines and gateway; repeatable', text('', '', { secret: true })),
  ),
  cacert: row('file', word('certificate authorities (PEM) to believe besides the usual ones')),
  insecure: { schema: flag('check no certificate: whoever answers is believed', false) },
} satisfies FlagTable;

/** Where the deployment is; the same for every command that talks to one. */
export const TARGET_FLAGS = {
  vllm: row('url', words('an engine'), { env: 'VLLM_ENDPOINT' }),
  engine: row('id=url', words('an engine with its endpoint id')),
  lmcache: row('url', word('the LMCache controller or coordinator, if any'), {
    env: 'LMCACHE_ENDPOINT',
  }),
  kvEvents: row(
    '[id=]url',
    words('where an engine publishes KV events: tcp://… or http://…[,replay=URL][,topic=TEXT]'),
  ),
  model: row('name', text('model to ask for, or auto', AUTO_MODEL, { suggested: [AUTO_MODEL] }), {
    env: 'MODEL_NAME',
  }),
  ...ACCESS_FLAGS,
  timeout: row(
    'duration',
    duration('bound on one probe', { ms: TIMING.probeTimeoutMs, shown: '5s' }, { above: 0 }),
  ),
  servedByHeader: row('name', words('response header by which the gateway names the engine')),
} satisfies FlagTable;

/** The gateway that is judged, and how it is seen. */
export const GATEWAY_FLAGS = {
  gateway: row(
    'which',
    optional(
      text(
        'embedded (default), pixiu (from PATH or PIXIU_SOURCE), a binary’s path, or the URL of a running one',
        '',
        { suggested: ['embedded', 'pixiu'] },
      ),
    ),
  ),
  routing: row('policy', {
    ...optional(policy, 'lookup, without a controller prefix'),
    doc: 'policy of the embedded gateway',
  }),
  learns: row(
    'how',
    choice('how the gateway knows who holds a prefix', ['auto', 'index', 'memory'], 'auto'),
  ),
  baselineGateway: row('url', word('a second gateway, routing off, before the same engines')),
  replicas: row(
    'n',
    optional(integer('engines behind the gateway', 1, { min: 1 }), 'as many as are named'),
  ),
  sessionHeader: row('name', word('request header by which the gateway knows a session')),
  metricsUrl: row('url', word('Prometheus endpoint of the gateway'), { env: 'PROM_URL' }),
  listenPort: row('port', port('port of the gateway we start', 18_889), {
    env: 'PIXIU_LISTEN_PORT',
  }),
  promPort: row('port', port('its metrics port', 2_223), { env: 'PIXIU_PROM_PORT' }),
} satisfies FlagTable;
