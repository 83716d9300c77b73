import { cluster, socketAddress } from './cluster-schema.ts';
import { extension } from './extension-schema.ts';
import { kvcacheFilter, llmProxyFilter, tokenizerFilter } from './filter-schema.ts';
import {
  anything,
  duration,
  flag,
  integer,
  list,
  object,
  named,
  text,
  type ValueOf,
  optional,
} from '../schema/describe.ts';

const ANY_CASE = { keyCase: 'any' } as const;

const route = object('What goes where.', {
  match: object('Which requests.', {
    prefix: text('Matches itself and whole segments below; wins over path.'),
    path: text('Exact; `:name` and `*` stand for one segment, `**` for the rest.'),
    methods: list('GET POST PUT DELETE PATCH OPTIONS HEAD when empty.', text('Method or `*`.')),
    headers: list(
      'Looked at only without prefix and path.',
      object('One header.', {
        name: text('Header name.', '', { required: true }),
        values: list('Any of these.', text('Value.')),
        regex: flag('values[0] is a regular expression (RE2).', false),
      }),
    ),
  }),
  route: object('Where to.', {
    cluster: text('Name of a cluster.', '', { required: true }),
    cluster_not_found_response_code: optional(
      integer('Status when the cluster does not exist.', 503, {
        min: 100,
        max: 599,
        status: { kind: 'own', why: 'it answers 503' },
      }),
      '503',
    ),
  }),
});

const neverRead = text('Without effect.', '', { status: { kind: 'inert', why: 'never read' } });

const connectionManager = object('Routes and filters of HTTP.', {
  route_config: object('The routes.', {
    routes: list('First match by Pixiu’s order: exact path before prefix.', route),
    dynamic: flag('Label.', false, { status: { kind: 'inert', why: 'routes are always static' } }),
  }),
  http_filters: list(
    'In the order they see the request.',
    named(
      'A step.',
      {
        'dgp.filter.ai.kvcache': kvcacheFilter,
        'dgp.filter.llm.tokenizer': tokenizerFilter,
        'dgp.filter.llm.proxy': llmProxyFilter,
      },
      ANY_CASE,
    ),
  ),
  timeout: duration('Caps the budgets of background calls; 0 = none.', { ms: 0, shown: '0' }),
  idle_timeout: neverRead,
  server_name: text('Label.', '', { status: { kind: 'inert', why: 'no Server header is sent' } }),
  generate_request_id: flag('Make a request id.', false, {
    status: { kind: 'inert', why: 'x-request-id is always kept or made' },
  }),
});

/** Pixiu falls back to 20 s without a word when it cannot read one of these. */
const httpTimeout = (doc: string): ReturnType<typeof duration> =>
  duration(doc, { ms: 20_000, shown: '20s' }, { unreadableMs: 20_000, zeroIsUnset: true });

const listener = object(
  'A bound address.',
  {
    name: text('Label.'),
    protocol_type: text('Only HTTP.', 'HTTP'),
    address: object(
      'Where to listen.',
      { socket_address: socketAddress, name: text('Label.') },
      ANY_CASE,
    ),
    filter_chains: object(
      'An object with `filters`, not a list.',
      {
        filters: list(
          'The connection manager.',
          named(
            'Network filter.',
            { 'dgp.filter.httpconnectionmanager': connectionManager },
            ANY_CASE,
          ),
        ),
      },
      ANY_CASE,
    ),
    config: object(
      'HTTP server settings.',
      {
        idle_timeout: httpTimeout('Idle keep-alive connections are closed after this.'),
        read_timeout: httpTimeout('Bound on reading a request.'),
        write_timeout: httpTimeout('Bound on writing a response; cuts long streams in Pixiu.'),
        max_header_bytes: integer('Largest request head.', 1_048_576, { zeroIsUnset: true }),
      },
      { keyCase: 'free' },
    ),
  },
  ANY_CASE,
);

const shutdownFields = {
  timeout: duration(
    'Time running requests get to finish; 0 = none.',
    { ms: 0, shown: '0s' },
    { unreadableMs: 60_000 },
  ),
  step_timeout: neverRead,
  reject_policy: neverRead,
};
const metricFields = {
  enable: flag('Serve Prometheus metrics.', false),
  prometheus_port: integer('TCP port; 0 asks for a free one.', 0, { max: 65_535 }),
  prometheus_path: text('Every path answers.', '', {
    status: { kind: 'inert', why: 'every path answers' },
  }),
};

const NOT_HERE = {
  status: { kind: 'unsupported', why: 'the embedded gateway reads clusters from this file only' },
} as const;
const NO_EFFECT = { status: { kind: 'inert', why: 'it does not touch requests' } } as const;

/** Every key of the file: Pixiu's, as far as the LLM path goes, and ours. */
export const gatewaySchema = object(
  'Gateway config.',
  {
    static_resources: object(
      'What the gateway consists of.',
      {
        listeners: list('Where requests come in.', listener),
        clusters: list('Where requests go.', cluster),
        shutdown_config: object('How it stops.', shutdownFields, ANY_CASE),
        metric: object('Metrics.', metricFields, {
          ...ANY_CASE,
          status: { kind: 'misplaced', why: 'Pixiu reads metric at the top level only' },
        }),
        adapters: anything('Endpoints from a registry.', NOT_HERE),
        pprofConf: anything('Go profiling.', NO_EFFECT),
      },
      ANY_CASE,
    ),
    metric: object('Metrics.', metricFields, ANY_CASE),
    shutdown_config: object('How it stops.', shutdownFields, {
      ...ANY_CASE,
      status: { kind: 'misplaced', why: 'Pixiu reads shutdown_config below static_resources only' },
    }),
    adapters: anything('Endpoints from a registry.', NOT_HERE),
    dynamic_resources: anything('Config from a control plane.', NOT_HERE),
    'config-center': anything('Config from a config centre.', NOT_HERE),
    nacos: anything('Config centre address.', NOT_HERE),
    tracing: anything('Distributed tracing.', {
      status: { kind: 'ignored', why: 'the embedded gateway makes no traces' },
    }),
    wasm: anything('WebAssembly filters.', {
      status: { kind: 'ignored', why: 'the embedded gateway runs no WebAssembly' },
    }),
    node: anything('Identity towards a control plane.', NO_EFFECT),
    log: anything('Logging of Pixiu.', NO_EFFECT),
    'x-kvcache': extension,
  },
  ANY_CASE,
);

/** The file's values under its own key names, defaults filled in. */
export type GatewayFile = ValueOf<typeof gatewaySchema>;
