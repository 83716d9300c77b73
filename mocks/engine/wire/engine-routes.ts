import { metricFamily } from '../../../src/protocol/metric-family.ts';
import { METRICS_CONTENT_TYPE, type MetricFamily } from '../../../src/protocol/prometheus.ts';
import type { Reply } from '../../http/reply.ts';
import { type Exchange, queryOf } from '../../http/exchange.ts';
import { faultEntry } from '../../faults/fault-journal.ts';
import type { FaultAction } from '../../faults/fault-rule.ts';
import { FAULTS } from '../../faults/kinds/index.ts';
import { answerCompletion } from './completions.ts';
import type { EngineWire } from './engine-wire.ts';
import type { CompletionKind } from './completion-fields.ts';
import { render, SCALE_OUT_OFF } from './render.ts';
import type { EngineSettings } from './settings.ts';
import { detokenize, tokenize } from './tokenize.ts';
import { sendError, sendJsonText, type WireError } from './wire-error.ts';

export interface EngineRoute {
  methods: readonly string[] | 'any';
  /** Bodies must be sent as `application/json`. */
  takesJson: boolean;
  answer: (wire: EngineWire, exchange: Exchange, fault: FaultAction | undefined) => void;
}

const GET = ['GET'];

/** What the real server publishes, in every version or in some. */
const ROUTES: ReadonlyMap<string, EngineRoute> = new Map(
  Object.entries<EngineRoute>({
    '/v1/chat/completions': json((...asked) => answerCompletion('chat', ...asked)),
    '/v1/completions': json((...asked) => answerCompletion('text', ...asked)),
    '/tokenize': json(journalingFaults(saying((wire, { body }) => tokenize(wire, body)))),
    '/detokenize': json(journalingFaults(saying((wire, { body }) => detokenize(wire, body)))),
    '/v1/models': plain(GET, saying(models)),
    '/health': plain(GET, answerHealth),
    '/ping': plain([...GET, 'POST'], answerHealth),
    '/version': plain(
      GET,
      saying(({ settings }) => ({ version: settings.dialect.version })),
    ),
    '/load': plain(
      GET,
      saying((wire) => ({ server_load: load(wire) })),
    ),
    // Behind FastAPI's route for GET another application answers whatever comes.
    '/metrics': plain('any', answerMetrics),
    '/metrics/': plain('any', answerMetrics),
    '/reset_prefix_cache': plain(['POST'], answerReset),
    '/kv_event_sources': plain(
      GET,
      saying((wire) => wire.kvEventSources()),
    ),
  }),
);

const RENDERS: ReadonlyMap<string, EngineRoute> = new Map([
  ['/v1/chat/completions/render', rendering('chat')],
  ['/v1/completions/render', rendering('text')],
]);

const REFUSED_RENDERS: ReadonlyMap<string, EngineRoute> = new Map(
  ['chat/completions', 'completions', 'messages', 'responses'].map((name) => [
    `/v1/${name}/render`,
    plain(
      ['POST'],
      saying(() => SCALE_OUT_OFF),
    ),
  ]),
);

/** Undefined when an engine with these settings has no such route. */
export function engineRoute(path: string, settings: EngineSettings): EngineRoute | undefined {
  const { dialect, isDevMode, isScaledOut } = settings;
  if (path === '/reset_prefix_cache' && !isDevMode) return undefined;
  if (path === '/kv_event_sources' && !dialect.hasKvEventSources) return undefined;
  const isRefused = dialect.rendering === 'scale-out' && !isScaledOut;
  const renders = isRefused ? REFUSED_RENDERS : RENDERS;
  return ROUTES.get(path) ?? (dialect.rendering === 'none' ? undefined : renders.get(path));
}

function rendering(kind: CompletionKind): EngineRoute {
  return json(journalingFaults(saying((wire, exchange) => render(kind, wire, exchange))));
}

function json(answer: EngineRoute['answer']): EngineRoute {
  return { methods: ['POST'], takesJson: true, answer };
}

function plain(methods: EngineRoute['methods'], answer: EngineRoute['answer']): EngineRoute {
  return { methods, takesJson: false, answer: journalingFaults(answer) };
}

/** Completions journal themselves; of the rest only what met a fault: probes and scrapes would fill the journal. */
function journalingFaults(answer: EngineRoute['answer']): EngineRoute['answer'] {
  return (wire, exchange, fault) => {
    const atMs = wire.clock.wallMs();
    answer(wire, exchange, fault);
    const { status } = exchange.reply;
    if (fault) wire.journal.add(faultEntry(exchange, fault, { atMs, status }));
  };
}

/** Answers with what is said. */
function saying(
  say: (wire: EngineWire, exchange: Exchange) => object | WireError,
): EngineRoute['answer'] {
  return (wire, exchange) => send(wire, exchange.reply, say(wire, exchange));
}

function send(wire: EngineWire, reply: Reply, answer: object | WireError): void {
  if ('status' in answer && 'type' in answer) {
    sendError(reply, answer, wire.settings.dialect);
  } else {
    sendJsonText(reply, 200, JSON.stringify(answer));
  }
}

function answerHealth(wire: EngineWire, { reply }: Exchange, fault: FaultAction | undefined): void {
  const upMs = wire.clock.nowMs() - wire.startedMs;
  const isUnhealthy = fault && FAULTS[fault.kind].unhealthy?.(fault.parameters, upMs);
  reply.send(isUnhealthy ? 503 : 200, [], '');
}

function load({ engine }: EngineWire): number {
  return engine.counters.running + engine.counters.waiting;
}

function models({ settings, startedWallMs }: EngineWire): object {
  const created = Math.floor(startedWallMs / 1_000);
  const card = (id: string, parent: string | null): object => ({
    id,
    object: 'model',
    created,
    owned_by: 'vllm',
    root: parent === null ? settings.root : `/adapters/${id}`,
    parent,
    max_model_len: parent === null ? settings.maxModelLen : null,
    permission: [permission(created)],
  });
  return {
    object: 'list',
    data: [card(settings.model, null), ...settings.loras.map((id) => card(id, settings.model))],
  };
}

/** What OpenAI's API once said of a model; nobody reads it. */
function permission(created: number): object {
  return {
    id: 'modelperm-mock',
    object: 'model_permission',
    created,
    allow_create_engine: false,
    allow_sampling: true,
    allow_logprobs: true,
    allow_search_indices: false,
    allow_view: true,
    allow_fine_tuning: false,
    organization: '*',
    group: null,
    is_blocking: false,
  };
}

function answerMetrics(
  wire: EngineWire,
  { request, reply, path }: Exchange,
  fault: FaultAction | undefined,
): void {
  const frozen = wire.frozenMetrics;
  const nowMs = wire.clock.nowMs();
  let page = frozen && nowMs < frozen.untilMs ? frozen.page : undefined;
  page ??= wire.metrics.format(wire.engine, wire.settings, [
    wire.lateness.family(),
    faultsFamily(wire),
  ]);
  const freezeMs = fault && FAULTS[fault.kind].frozenMetrics?.(fault.parameters);
  if (freezeMs !== undefined && page !== frozen?.page) {
    wire.frozenMetrics = { page, untilMs: nowMs + freezeMs };
  }
  const isRoute = request.method === 'GET' && path === '/metrics';
  const { contentType } = wire.settings.dialect.metrics;
  reply.send(200, ['content-type', isRoute ? contentType : METRICS_CONTENT_TYPE], page);
}

function faultsFamily({ faults }: EngineWire): MetricFamily {
  return metricFamily(
    { name: 'kvcache_mock_faults_total', help: 'Faults injected, by kind.', type: 'counter' },
    [...faults.counts].map(([kind, value]) => ({ labels: { kind }, value })),
  );
}

/** Answers 200 even when it refused because blocks were in use, as the real server does. */
function answerReset(wire: EngineWire, { request, reply }: Exchange): void {
  const success = wire.engine.resetPrefixCache();
  if (queryOf(request.target).get('reset_external') === 'true') {
    const location = wire.engine.profile.tier?.location;
    if (location !== undefined) wire.engine.operations.clear(location);
  }
  if (wire.settings.dialect.resetBody === 'success') return send(wire, reply, { success });
  reply.send(200, [], '');
}
