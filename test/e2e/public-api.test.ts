import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { ROOT } from '../helpers/exec.ts';

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
    - {name: llm, lb_policy: RoundRobin, endpoints: [{id: a, socket_address: {address: 127.0.0.1, port: 1}, llm_meta: {retry_policy: {name: NoRetry}}}]}
\`;
const { config } = loadGatewayConfig({ file: 'conf.yaml', text });
const gateway = await startGateway(config, {});
const answer = await fetch(gateway.url + '/nowhere');
await gateway.close();
let code;
try { loadGatewayConfig({ file: 'conf.yaml', text: 'a: [' }); } catch (error) { code = error instanceof KvcacheError && error.code; }
console.log(JSON.stringify({ version: VERSION, status: answer.status, code }));
`;

it('serves a gateway to a program that imports the package', async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', PROGRAM],
    { cwd: ROOT },
  );
  expect(JSON.parse(stdout)).toEqual({ version: '0.1.0', status: 404, code: 'CONFIG_INVALID' });
});
