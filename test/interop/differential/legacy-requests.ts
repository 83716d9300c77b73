import { get, post, type WireRequest } from './wire-request.ts';

const NOBODY = { instance_id: 'nobody', location: 'LocalCPUBackend' };
const COMPRESS = { ...NOBODY, method: 'zstd', tokens: [1] };
const MOVE = { old_position: ['a', 'b'], new_position: ['c', 'd'], tokens: [1] };
const AS_TEXT: WireRequest = {
  ...post('/lookup', { tokens: [] }),
  headers: { 'content-type': 'text/plain' },
};

/** With the flag by both its names; the versions know one each. */
const moveWith = (flag: unknown): WireRequest =>
  post('/move', { ...MOVE, copy: flag, should_copy: flag });

/** To a legacy controller that knows no instance. */
export const LEGACY_REQUESTS: readonly WireRequest[] = [
  post('/lookup', { tokens: [] }),
  post('/lookup', { tokens: [1, 2, 3] }),
  post('/lookup', { tokens: Array.from({ length: 600 }, (_, index) => index) }),
  post('/lookup', { tokens: [1], extra: 1 }),
  post('/lookup', { tokens: [-1] }),
  post('/lookup', {}),
  post('/lookup', { tokens: 'x' }),
  post('/lookup', { tokens: ['x'] }),
  post('/lookup', { tokens: ['7'] }),
  post('/lookup', { tokens: [1.5] }),
  post('/lookup', { tokens: [2.0] }),
  post('/lookup', { tokens: [true] }),
  post('/lookup', { tokens: ['1.0', ' 7 ', '1_0', '+1', '-1.00', '007'] }),
  post('/lookup', { tokens: ['1.', '1.5', '1__0', '_1', '0x1', '', '1e3', '--1'] }),
  post('/lookup', { tokens: [null, [1], {}, false] }),
  post('/lookup', { tokens: null }),
  post('/lookup', []),
  post('/lookup', '"x"'),
  post('/lookup', '{bad'),
  post('/lookup', '{"tokens": [1,]}'),
  post('/lookup', '{"tokens": [1],}'),
  post('/lookup', '{"tokens": [01]}'),
  post('/lookup', "{'tokens': []}"),
  post('/lookup', '{"tokens": []}{}'),
  post('/lookup', '{"a\n": 1}'),
  post('/lookup', '{"tokens": ["\\x"]}'),
  post('/lookup', '{"tokens": ["\\u12"]}'),
  post('/lookup', '{"tokens": ["\\'),
  post('/lookup', '   '),
  post('/lookup', ''),
  AS_TEXT,
  { ...AS_TEXT, headers: { 'content-type': 'application/vnd.tokens+json; charset=utf-8' } },
  get('/lookup'),
  { method: 'PUT', path: '/lookup', body: { tokens: [1] } },
  { method: 'DELETE', path: '/lookup' },
  { method: 'HEAD', path: '/lookup' },
  { method: 'OPTIONS', path: '/lookup' },
  post('/lookup/', { tokens: [1] }),
  post('/lookup//?a=b&c', {}),
  get('/lookup/'),
  get('/metrics/'),
  post('//lookup', {}),
  post('/LOOKUP', {}),
  post('/query_instance', { event_id: 'e', ip: '127.0.0.1' }),
  post('/query_instance', { ip: '127.0.0.1' }),
  post('/query_instance', {}),
  post('/pin', { ...NOBODY, tokens: [1] }),
  post('/pin', { tokens: [1] }),
  post('/pin', { instance_id: 1, location: null, tokens: [1] }),
  post('/clear', NOBODY),
  post('/clear', { ...NOBODY, tokens: [1] }),
  post('/clear', {}),
  post('/compress', COMPRESS),
  post('/compress', { ...COMPRESS, tokens: null }),
  post('/compress', { tokens: [1] }),
  post('/decompress', COMPRESS),
  post('/move', MOVE),
  post('/move', { ...MOVE, old_position: ['a'] }),
  post('/move', { old_position: [], new_position: { a: 1 }, tokens: [null] }),
  post('/move', { old_position: ['a', 'b', 'c'], new_position: 'ab' }),
  post('/move', { ...MOVE, tokens: null, copy: null, should_copy: null }),
  ...[true, 'On', 'n', 'F', 'y', 0, 1.0].map(moveWith),
  ...['x', '', 'maybe', 2, 1.5, [], {}].map(moveWith),
  post('/move', {}),
  post('/health', { instance_id: 'nobody' }),
  post('/health', {}),
  get('/health'),
  post('/check_finish', { event_id: 'x' }),
  post('/check_finish', {}),
  post('/query_worker_info', { instance_id: 'nobody' }),
  post('/query_worker_info', { instance_id: 'nobody', worker_ids: null }),
  post('/query_worker_info', { instance_id: 'all', worker_ids: [] }),
  post('/query_worker_info', { instance_id: 'nobody', worker_ids: [0] }),
  post('/query_worker_info', { instance_id: 'nobody', worker_ids: 'x' }),
  post('/evict', { tokens: [1] }),
  get('/healthz'),
  get('/controller/workers'),
  post('/controller/workers', {}),
  get('/controller/workers?instance_id=nobody'),
  get('/controller/workers?instance_id=nobody&worker_id=0'),
  get('/controller/workers?worker_id=3'),
  get('/controller/workers?worker_id=1.0'),
  get('/controller/workers?worker_id=1.5'),
  get('/controller/workers?worker_id='),
  get('/controller/key-stats'),
  get('/metrics'),
  { method: 'HEAD', path: '/metrics' },
  post('/metrics', {}),
  get('/docs'),
  get('/nope'),
];

const CPU = 'LocalCPUBackend';
const DISK = 'LocalDiskBackend';

/** Prompts of whole chunks: none begins like another. */
const prompt = (start: number, chunks: number): number[] =>
  Array.from({ length: chunks * 256 }, (_, index) => start * 10_000 + index);

const SHARED = prompt(1, 3);
const ON_DISK = prompt(2, 2);
const OF_A = prompt(3, 2);
const OF_B = prompt(4, 4);

/** What a fleet of three holds, in the order in which its controller hears of it. Registered a, b, c. */
export const HELD: readonly { instance: string; location: string; tokens: number[] }[] = [
  { instance: 'engine-a', location: CPU, tokens: OF_A },
  { instance: 'engine-b', location: CPU, tokens: SHARED },
  { instance: 'engine-c', location: DISK, tokens: ON_DISK },
  { instance: 'engine-a', location: CPU, tokens: SHARED.slice(0, 512) },
  { instance: 'engine-b', location: CPU, tokens: OF_B },
];

const lookup = (tokens: readonly number[]): WireRequest => post('/lookup', { tokens });
const on = (instance: string, tokens?: readonly number[]) => ({
  instance_id: instance,
  location: instance === 'engine-c' ? DISK : CPU,
  ...(tokens && { tokens }),
});
const press = (instance: string, tokens: readonly number[] | null): object => ({
  ...on(instance),
  method: 'cachegen',
  tokens,
});
const between = (from: string, to: string): object => ({
  old_position: [from, on(from).location],
  new_position: [to, on(to).location],
});

/** To a legacy controller of that fleet. Those from the first copy on change what the next ones find. */
export const LEGACY_FLEET_REQUESTS: readonly WireRequest[] = [
  lookup(SHARED),
  lookup(SHARED.slice(0, 512)),
  lookup(SHARED.slice(0, 700)),
  lookup([...SHARED, ...OF_A]),
  lookup([...SHARED.slice(0, 256), ...OF_A]),
  lookup(ON_DISK),
  lookup(OF_A),
  lookup(OF_B.slice(0, 1_000)),
  lookup(OF_B.slice(0, 255)),
  post('/lookup', { tokens: OF_B.map(String) }),
  lookup(OF_B.slice(1)),
  post('/health', { instance_id: 'engine-a' }),
  post('/health', { instance_id: 'engine-A' }),
  post('/query_instance', { event_id: 'e', ip: '127.0.0.1' }),
  post('/query_instance', { event_id: 'e', ip: '127.0.0.2' }),
  post('/query_worker_info', { instance_id: 'engine-b' }),
  post('/query_worker_info', { instance_id: 'engine-b', worker_ids: null }),
  post('/query_worker_info', { instance_id: 'engine-b', worker_ids: [] }),
  post('/query_worker_info', { instance_id: 'engine-b', worker_ids: [0, 7, 0] }),
  post('/query_worker_info', { instance_id: 'engine-b', worker_ids: ['0'] }),
  post('/query_worker_info', { instance_id: 'all', worker_ids: [] }),
  post('/query_worker_info', { instance_id: 'all', worker_ids: [0, 1] }),
  post('/query_worker_info', { instance_id: 'all', worker_ids: [1] }),
  post('/query_worker_info', { instance_id: 'nobody', worker_ids: [0] }),
  get('/controller/workers'),
  get('/controller/workers?instance_id=engine-a'),
  get('/controller/workers?instance_id=engine-a&worker_id=0'),
  get('/controller/workers?instance_id=engine-a&worker_id=7'),
  get('/controller/workers?instance_id=nobody'),
  get('/controller/workers?worker_id=7'),
  get('/controller/key-stats'),
  get('/metrics'),
  post('/compress', press('engine-b', OF_B.slice(0, 600))),
  post('/compress', press('engine-a', OF_B)),
  post('/compress', press('engine-a', [])),
  post('/compress', press('engine-a', null)),
  post('/compress', { ...press('engine-a', OF_A), method: 'zstd' }),
  post('/compress', { ...press('engine-a', null), method: 'zstd' }),
  post('/compress', press('nobody', OF_B)),
  post('/decompress', press('engine-b', OF_B)),
  post('/decompress', press('engine-b', null)),
  post('/decompress', press('nobody', OF_B)),
  post('/pin', on('engine-a', SHARED)),
  post('/pin', on('engine-b', SHARED.slice(0, 300))),
  post('/pin', on('engine-a', OF_B)),
  post('/pin', on('engine-a', [])),
  post('/pin', { ...on('engine-a', SHARED), location: 'Nowhere' }),
  post('/pin', on('nobody', SHARED)),
  post('/move', { ...between('engine-a', 'nobody'), tokens: OF_A }),
  post('/move', { ...between('nobody', 'engine-a'), tokens: OF_A }),
  post('/move', { ...between('engine-a', 'engine-b'), tokens: [1, 2] }),
  post('/move', { ...between('engine-a', 'engine-b'), tokens: null }),
  post('/move', { ...between('engine-a', 'engine-c'), tokens: OF_A }),
  post('/move', {
    ...between('engine-a', 'engine-b'),
    tokens: OF_A,
    copy: true,
    should_copy: true,
  }),
  lookup(OF_A),
  post('/move', {
    ...between('engine-c', 'engine-a'),
    tokens: ON_DISK,
    copy: 'no',
    should_copy: 0,
  }),
  lookup(ON_DISK),
  post('/move', { ...between('engine-b', 'engine-a'), tokens: OF_B, copy: true }),
  lookup(OF_B),
  post('/move', { ...between('engine-a', 'engine-b'), tokens: OF_B, should_copy: true }),
  lookup(OF_B),
  post('/clear', { ...on('engine-a'), location: 'Nowhere' }),
  post('/clear', on('nobody')),
  post('/clear', on('engine-c')),
  get('/controller/key-stats'),
];
