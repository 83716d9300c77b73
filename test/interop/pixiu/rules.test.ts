import { describe, expect, it } from 'vitest';
import { sleep, systemClock } from '../../../src/base/clock.ts';
import { pollUntil } from '../../../src/base/poll.ts';
import { examineGatewayConfig } from '../../../src/config/load.ts';
import type { RuleId } from '../../../src/config/rules.ts';
import { type ConfigText, configText } from '../../helpers/gateway.ts';
import { type ScriptedEngine, send, startEngine } from './exchange.ts';
import { endpointsCounted } from './counted.ts';
import { PIXIU, startPixiu } from './start-pixiu.ts';

if (PIXIU.missing !== undefined) console.warn(`skipped: ${PIXIU.missing}`);

interface Slip {
  rule: RuleId;
  slip: string;
  /** What breaks the rule: another description, and a change of the text. */
  config?: Omit<ConfigText, 'endpoints'>;
  endpoint?: { llm?: string | null };
  from?: RegExp;
  to?: string;
  /** Statuses seen after a moment. */
  statuses?: readonly (number | string)[];
  /** Ids under which Pixiu counts its requests. */
  ids?: RegExp;
}

const OK = [200, 200];
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
const checks = (protocol: string): Slip['config'] => ({
  cluster: `health_checks: [{protocol: ${protocol}, interval: 100ms, timeout: 100ms}]`,
});

const SLIPS: readonly Slip[] = [
  { rule: 'key-case', slip: 'id', from: /\bID:/g, to: 'id:', statuses: OK, ids: UUID },
  { rule: 'key-case', slip: 'LLM_Meta', from: /llm_meta:/g, to: 'LLM_Meta:', statuses: [500] },
  {
    rule: 'key-case',
    slip: 'Socket_Address',
    from: /\bsocket_address: (?=\{address: 127.0.0.1, port: [1-9])/g,
    to: 'Socket_Address: ',
    statuses: [503],
  },
  { rule: 'key-case', slip: 'Routes', from: /routes:/, to: 'Routes:', statuses: [404] },
  {
    rule: 'method-case',
    slip: 'methods: [post]',
    from: /match: \{/,
    to: 'match: {methods: [post], ',
    statuses: [404],
  },
  {
    rule: 'bare-duration',
    slip: 'timeout: 0',
    config: { proxy: '{timeout: 0}' },
    statuses: ['no answer'],
  },
  {
    rule: 'bare-duration',
    slip: 'timeout: 5000000000',
    config: { proxy: '{timeout: 5000000000}' },
    statuses: ['no answer'],
  },
  {
    rule: 'bad-duration',
    slip: 'timeout: soon',
    config: { proxy: '{timeout: soon}' },
    statuses: ['no answer'],
  },
  {
    rule: 'bare-duration',
    slip: 'initialInterval: 0',
    endpoint: {
      llm: 'retry_policy: {name: ExponentialBackoff, config: {times: 1, initialInterval: 0}}',
    },
    statuses: [503],
  },
  { rule: 'missing-llm-meta', slip: 'no llm_meta', endpoint: { llm: null }, statuses: [500] },
  {
    rule: 'unknown-retry-policy',
    slip: 'retry_policy.name: Sometimes',
    endpoint: { llm: 'retry_policy: {name: Sometimes}' },
    statuses: [503],
  },
  { rule: 'health-check-port', slip: 'protocol: http', config: checks('http'), statuses: [503] },
  { rule: 'health-check-port', slip: 'protocol: HTTPS', config: checks('HTTPS'), statuses: [503] },
  { rule: 'health-protocol', slip: 'protocol: grpc', config: checks('grpc'), statuses: OK },
  {
    rule: 'duplicate-endpoint-id',
    slip: 'one id for both',
    from: /ID: b/,
    to: 'ID: a',
    statuses: OK,
    ids: /^a$/,
  },
];

/** Far beyond the first check of a case with checks. */
const A_MOMENT_MS = 400;

describe.skipIf(PIXIU.missing !== undefined)('what the linter says of Pixiu is so', () => {
  it.each(SLIPS.map((it) => [it.rule, it.slip, it] as const))('%s: %s', async (rule, _, slip) => {
    const engines = [await startEngine('a', [200]), await startEngine('b', [200])];
    try {
      const text = textOf(slip, engines);
      const { issues } = examineGatewayConfig({ file: 'slip.yaml', text });
      expect(issues.map((it) => it.rule)).toContain(rule);
      await using pixiu = await startPixiu(text);
      const { statuses = OK, ids } = slip;
      const areSeen = async (): Promise<boolean> => {
        const answers = [await send(pixiu.url), await send(pixiu.url)];
        return answers.every(({ status }) => statuses.includes(status));
      };
      const clock = systemClock;
      const isSo = await pollUntil(async () => (await areSeen()) || undefined, {
        clock,
        deadlineMs: 10_000,
      });
      expect({ statuses, isSo }).toEqual({ statuses, isSo: true });
      if (slip.config?.cluster !== undefined) {
        await sleep(clock, A_MOMENT_MS);
        expect(await areSeen()).toBe(true);
      }
      if (ids) for (const id of await endpointsCounted(pixiu.metricsUrl)) expect(id).toMatch(ids);
    } finally {
      await Promise.all(engines.map((engine) => engine[Symbol.asyncDispose]()));
    }
  });
});

function textOf(slip: Slip, engines: readonly ScriptedEngine[]): string {
  const text = configText({
    filters: '{name: dgp.filter.llm.tokenizer}',
    ...slip.config,
    endpoints: engines.map(({ id, port }) => ({ id, port, ...slip.endpoint })),
  });
  return slip.from ? text.replace(slip.from, slip.to!) : text;
}
