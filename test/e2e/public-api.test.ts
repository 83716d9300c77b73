import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { ROOT } from '../helpers/exec.ts';
import { answerJson, testServer } from '../integration/load-server.ts';

/** As a dependent would: by the package's own name, resolved through its `exports`. */
const PROGRAM = `
import { loadGatewayConfig, startGateway, KvcacheError, VERSION } from 'kvcache';
const text = \`
static_resources:
  listeners:
    - name: main
      address: {socket_address: {address: 127.0.0.1, port: 0}}
      filter_chains:
        filters:
          - name: dgp.filter.httpconnectionmanager
            config:
              route_config: {routes: [{match: {prefix: /v1}, route: {cluster: llm}}]}
              http_filters: [{name: dgp.filter.llm.proxy, config: {}}]
  clusters:
    - {name: llm, lb_policy: RoundRobin, endpoints: [{ID: a, socket_address: {address: 127.0.0.1, port: 1}, llm_meta: {retry_policy: {name: NoRetry}}}]}
\`;
const { config } = loadGatewayConfig({ file: 'conf.yaml', text });
const gateway = await startGateway(config, {});
const answer = await fetch(gateway.url + '/nowhere');
await gateway.close();
let code;
try { loadGatewayConfig({ file: 'conf.yaml', text: 'a: [' }); } catch (error) { code = error instanceof KvcacheError && error.code; }
console.log(JSON.stringify({ version: VERSION, status: answer.status, code }));
`;

async function run(program: string): Promise<unknown> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', program],
    { cwd: ROOT },
  );
  return JSON.parse(stdout);
}

it('serves a gateway to a program that imports the package', async () => {
  expect(await run(PROGRAM)).toEqual({ version: '0.1.0', status: 404, code: 'CONFIG_INVALID' });
});

it('puts load on a server as docs/load.md shows it, and sends single requests', async () => {
  await using server = await testServer((response) => answerJson(response));
  const [, example] = /```js\n([^]*?)```/.exec(readFileSync(join(ROOT, 'docs/load.md'), 'utf8'))!;
  const program = `
    ${example!.replace('http://127.0.0.1:8000', server.url)}
    import { sendAll, sendOne } from 'kvcache';
    const addressed = { request: { body, group: 'g' }, client: createLoadClient({ url, connections: 2, connectTimeoutMs: 5_000 }) };
    const setting = { clock: systemClock, originMs: 0, timeoutMs: 5_000, labels: { phase: 'measure', arm: '', block: 0 } };
    const all = await sendAll([addressed, addressed], { ...setting, concurrency: 2 });
    const one = await sendOne(addressed, setting);
    await addressed.client.close();
    console.log(JSON.stringify({ ended: outcome.ended, samples: samples.length, sent: all.length, text: one.text }));
  `;
  expect(await run(program)).toEqual({ ended: 'complete', samples: 400, sent: 2, text: 'ok' });
});
