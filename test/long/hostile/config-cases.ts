import { type ConfigText, configText } from '../../helpers/gateway.ts';

/** A file that takes the place of the one in force. */
export interface ConfigCase {
  name: string;
  bytes: Buffer;
  /** What the log says of it: a rule or a code; `reloaded` where the gateway takes it. */
  verdict: string;
}

/** The config in force, changed. `port` is that of a well engine. */
export type Change = (port: number) => Partial<ConfigText> | string | Buffer;

const base = (port: number): ConfigText => ({ endpoints: [{ id: 'engine', port }] });

const KVCACHE =
  '{name: dgp.filter.ai.kvcache, config: {enabled: true, vllm_endpoint: "http://127.0.0.1:1", lmcache_endpoint: "http://127.0.0.1:1"';

const plain = (port: number): string => configText(base(port));
const replaced =
  (from: string | RegExp, to: string): Change =>
  (port) =>
    plain(port).replace(from, to);
const behind =
  (more: string): Change =>
  (port) =>
    `${plain(port)}\n${more}\n`;
const address = (text: string): Change =>
  replaced(/address: 127\.0\.0\.1, port: [1-9]\d*/, `address: ${text}, port: 8000`);
const port = (text: string): Change => replaced(/port: [1-9]\d*/, `port: ${text}`);
const extension =
  (text: string): Change =>
  () => ({ extension: text });
const pattern =
  (text: string): Change =>
  () => ({
    routes: `[{match: {headers: [{name: x, values: [${JSON.stringify(text)}], regex: true}]}, route: {cluster: llm}}, {match: {prefix: /v1}, route: {cluster: llm}}]`,
  });
const timeout =
  (text: string): Change =>
  () => ({ proxy: `{timeout: ${text}}` });
const cluster =
  (text: string): Change =>
  () => ({ cluster: text });
const llm =
  (text: string): Change =>
  (engine) => ({ endpoints: [{ id: 'engine', port: engine, llm: text }] });

const anchors = (count: number): string =>
  Array.from({ length: count }, (_, at) => `a${at}: &a${at} {b: 1}\nc${at}: *a${at}`).join('\n');
const laughs = Array.from(
  { length: 30 },
  (_, at) => `l${at + 1}: &l${at + 1} [*l${at}, *l${at}, *l${at}]`,
);

const ROWS: readonly (readonly [verdict: string, name: string, change: Change])[] = [
  // What is no YAML, or hardly
  ['empty-config', 'nothing', () => ''],
  ['empty-config', 'a comment', () => '# nothing'],
  ['FILE_NOT_TEXT', 'NUL bytes', () => '\0\0\0\0'],
  [
    'FILE_NOT_TEXT',
    'noise',
    () => Buffer.from(Array.from({ length: 1_000 }, (_, at) => (at * 7919) % 251)),
  ],
  ['yaml-syntax', 'tabs for blanks', replaced(/^ {2}listeners/m, '\tlisteners')],
  ['yaml-syntax', 'a bracket that is not closed', behind('x: [')],
  ['yaml-syntax', 'a quote that is not closed', behind('x: "')],
  ['yaml-syntax', 'two documents', behind('---\na: 1')],
  ['wrong-type', 'a word', () => 'hello'],
  ['wrong-type', 'a list', () => '- a\n- b'],
  ['wrong-type', 'a number', () => '42'],
  ['reloaded', 'a byte order mark', (it) => `\uFEFF${plain(it)}`],
  ['reloaded', 'CRLF', (it) => plain(it).replaceAll('\n', '\r\n')],
  ['yaml-syntax', '1,000 brackets', () => `${'['.repeat(1_000)}${']'.repeat(1_000)}`],
  ['yaml-syntax', '100,000 brackets', () => '['.repeat(100_000)],
  ['yaml-syntax', '100,000 braces', () => '{a: '.repeat(100_000)],
  ['yaml-syntax', '50,000 levels of lists', () => '- '.repeat(50_000)],
  ['yaml-syntax', '30,000 anchors and aliases', behind(anchors(30_000))],
  ['reloaded', '5,000 anchors and aliases', behind(anchors(5_000))],
  ['yaml-syntax', 'a billion laughs', () => ['l0: &l0 lol', ...laughs].join('\n')],
  ['yaml-syntax', 'an alias without an anchor', behind('x: *nobody')],
  ['yaml-syntax', 'an alias within its anchor', behind('x: &x [*x]')],
  ['reloaded', 'a merge with a word', behind('x: {<<: word}')],
  ['yaml-syntax', 'a merge with itself', behind('x: &x {<<: *x}')],
  ['reloaded', '__proto__ as a key', behind('__proto__: {polluted: true}')],
  ['reloaded', 'constructor as a key', behind('constructor: {prototype: {a: 1}}')],
  ['unknown-key', '__proto__ among our keys', extension('{__proto__: {a: 1}}')],
  ['yaml-syntax', 'a key of a megabyte', behind(`${'k'.repeat(1_000_000)}: 1`)],
  ['reloaded', 'a value of three megabytes', behind(`x: ${'v'.repeat(3_000_000)}`)],
  ['FILE_TOO_LARGE', 'five megabytes', behind(`# ${'c'.repeat(5_000_000)}`)],
  [
    'FILE_NOT_TEXT',
    'bytes that are no UTF-8',
    (it) => Buffer.concat([Buffer.from(plain(it)), Buffer.from([0xff, 0xfe, 0x80])]),
  ],
  ['FILE_NOT_TEXT', 'UTF-16', (it) => Buffer.from(`\uFEFF${plain(it)}`, 'utf16le')],
  ['reloaded', 'a variable nobody filled in', replaced('name: main', 'name: ${NOBODY}')],
  ['reloaded', 'a tag of code', behind('x: !!js/function "function(){}"')],
  ['reloaded', 'a version of YAML that does not exist', (it) => `%YAML 9.9\n---\n${plain(it)}`],
  [
    'reloaded',
    '20,000 unknown keys',
    behind(Array.from({ length: 20_000 }, (_, at) => `k${at}: 1`).join('\n')),
  ],
  ['yaml-syntax', 'the same key twice', behind('metric: {enable: true}')],
  // Addresses
  ...[
    '127.0.0.1/path?x@y',
    '"127.0.0.1\\r\\nHost: x"',
    '"127.0.0.1:8000"',
    '"http://127.0.0.1"',
    '"my host"',
    '"[::1"',
    '"::1%eth0"',
    '"a_b!"',
    '"127.0.0.1 "',
    '"\\0"',
  ].map((text) => ['no-address', `the address ${text}`, address(text)] as const),
  ['reloaded', 'an IPv6 address', address('"::1"')],
  ['wrong-type', 'an address that is a list', address('[127.0.0.1]')],
  ['out-of-range', 'port 65536', port('65536')],
  ['out-of-range', 'port -1', port('-1')],
  ['wrong-type', 'port 1.5', port('1.5')],
  ['wrong-type', 'a port in words', port('http')],
  ['wrong-type', 'a port of 400 digits', port('9'.repeat(400))],
  // Sizes
  [
    'out-of-range',
    'a Maglev table of 2 billion',
    cluster('consistent: {maglev_table_size: 2147483647}'),
  ],
  ['out-of-range', '2 billion virtual nodes', cluster('consistent: {replica_num: 2000000000}')],
  ['out-of-range', 'virtual nodes below nothing', cluster('consistent: {replica_num: -1}')],
  [
    'out-of-range',
    'a prefix index of 10^15 blocks',
    extension('{routing: {prefix_index: {max_blocks: 1000000000000000}}}'),
  ],
  [
    'out-of-range',
    'blocks of no tokens',
    extension('{routing: {prefix_index: {block_tokens: 0}}}'),
  ],
  ['out-of-range', 'bodies of no bytes', extension('{limits: {body_bytes_max: 0}}')],
  ['out-of-range', 'no room for bodies', extension('{limits: {buffered_bytes_max: 0}}')],
  ['out-of-range', 'heads of ten bytes', extension('{limits: {header_bytes_max: 10}}')],
  ['wrong-type', 'a size with a unit', extension('{limits: {body_bytes_max: 16MB}}')],
  ['wrong-type', 'an infinite size', extension('{limits: {body_bytes_max: .inf}}')],
  // Patterns
  ...['(', '[', 'a**', '(?=a)', '(?<!a)', '(a)\\1', 'a{1001}', '((a{100}){100}){100}', '\\'].map(
    (text) => ['bad-regex', `the pattern ${text}`, pattern(text)] as const,
  ),
  ...['^(a+)+$', '(a|a)*$', '(.*)*x', '(?i)abc', '(?P<n>x)'].map(
    (text) => ['reloaded', `the pattern ${text}`, pattern(text)] as const,
  ),
  // Durations
  ...['1e400s', 'NaN', '1d', '"5 s"', '5sx'].map(
    (text) => ['bad-duration', `a timeout of ${text}`, timeout(text)] as const,
  ),
  ['bad-duration', 'a timeout of 10^12 hours', timeout('999999999999h')],
  ['out-of-range', 'a timeout below nothing', timeout('-5s')],
  ['wrong-type', 'a list of timeouts', timeout('[5s]')],
  // Names and choices
  ['unknown-key', 'an unknown key of ours', extension('{limit: {}}')],
  ['not-a-choice', 'an unknown policy', extension('{routing: {policy: best}}')],
  ['wrong-type', 'a flag that is no flag', extension('{access_log: maybe}')],
  ['wrong-type', 'our settings as a list', extension('[]')],
  ['unknown-retry-policy', 'an unknown retry policy', llm('retry_policy: {name: Forever}')],
  [
    'out-of-range',
    'retries below nothing',
    llm('retry_policy: {name: CountBased, config: {times: -1}}'),
  ],
  [
    'out-of-range',
    'a growth of nothing',
    llm('retry_policy: {name: ExponentialBackoff, config: {multiplier: 0}}'),
  ],
  ['api-key-unsendable', 'a key with a line break', llm('api_key: "a\\r\\nx: y"')],
  [
    'unknown-filter',
    'an unknown filter',
    () => ({ filters: '{name: dgp.filter.nobody, config: {}}' }),
  ],
  [
    'endpoint-url',
    'a controller that is no URL',
    () => ({ filters: `${KVCACHE.replace('http://127.0.0.1:1"', 'ftp://x"')}}}` }),
  ],
  [
    'no-listener',
    'no listeners',
    replaced(/listeners:[^]*clusters:/, 'listeners: []\n  clusters:'),
  ],
  [
    'no-proxy-filter',
    'a filter chain without a proxy',
    replaced('dgp.filter.llm.proxy', 'dgp.filter.llm.tokenizer'),
  ],
  // What only a restart can change
  [
    'RELOAD_REFUSED',
    'another listener address',
    replaced('address: 127.0.0.1, port: 0', 'address: 127.0.0.2, port: 0'),
  ],
  ['RELOAD_REFUSED', 'other limits of heads', extension('{limits: {header_bytes_max: 20000}}')],
  ['RELOAD_REFUSED', 'an admin listener', extension('{admin: {port: 0}}')],
  ['RELOAD_REFUSED', 'no metrics', replaced('enable: true', 'enable: false')],
];

export function configCases(enginePort: number): ConfigCase[] {
  return ROWS.map(([verdict, name, change]) => {
    const changed = change(enginePort);
    const bytes =
      typeof changed === 'object' && !Buffer.isBuffer(changed)
        ? configText({ ...base(enginePort), ...changed })
        : changed;
    return { name, verdict, bytes: Buffer.from(bytes) };
  });
}
