import { type Command, Option } from 'commander';
import { ROUTING_POLICY_NAMES } from '../../config/routing-policies.ts';
import type { RunAction } from '../shell/action.ts';
import {
  durationMs,
  outputOptions,
  PathArgument,
  SuggestingOption,
  reporterOptions,
  wholeNumber,
  withOptions,
  workDirOptions,
} from '../shell/options.ts';
import type { RunFlags } from './action.ts';

const ENVIRONMENT = `
Environment (blank counts as unset; a flag beats it):
  PIXIU_CONFIG      gateway config; else one is rendered for the ports in use
  PIXIU_URL         where the gateway listens        http://127.0.0.1:18888
  LMCACHE_ADMIN     where the controller is reached  http://127.0.0.1:18081
  ENGINE_A_ADMIN    where the engines are reached    http://127.0.0.1:18091
  ENGINE_B_ADMIN                                     http://127.0.0.1:18092
                    a backend named so that answers already is used, not started
  LMCACHE_ADDR, LLM_A_ADDR, LLM_B_ADDR, LLM_A_ID, LLM_B_ID,
  PREFERRED_ENDPOINT_ID, MOCK_LLM_RESPONSE_DELAY_MS
                    passed to the mocks, see kvcache mock up --help; the pause
                    before an answer is left out before our own gateway
  PIXIU_SOURCE      checkout of dubbo-go-pixiu, for --gateway pixiu
  GO_CACHE_DIR, GO_MOD_CACHE_DIR   GOCACHE and GOMODCACHE of its go run
  NO_PROXY, no_proxy               127.0.0.1,localhost unless set

Examples:
  kvcache run mock                       four processes, five checks
  kvcache run mock --ports auto --json   in CI, next to other jobs
  kvcache run mock --gateway pixiu       the same against the real one
  kvcache run mock --keep                leave it up until Ctrl-C
  kvcache run --list                     every scenario, and what it shows
  kvcache run stateful                   who served what, with caches
  kvcache run stateful --routing random  without routing: its checks fail
  kvcache run ./mine.yaml                your own, see docs/scenarios.md
  kvcache run stateful --gateway-command 'my-gw --port {port} --to {engines}'
  kvcache run stateful --gateway http://127.0.0.1:8888 --port-base 21000

Scenarios other than mock take free ports unless --port-base is given, and read
none of these variables.`;

/** `kvcache run [scenario]`. */
export function runCommand(command: Command, run: RunAction): void {
  command
    .addArgument(
      new PathArgument('[scenario]', 'name (--list shows all) or path of a YAML file').default(
        'mock',
      ),
    )
    .option('--list', 'show the scenarios and exit')
    .addOption(
      new SuggestingOption(
        '--gateway <which>',
        'embedded, a URL, and for mock also pixiu or the path of a binary',
        ['embedded', 'pixiu'],
      ).default('embedded'),
    )
    .addOption(
      new Option(
        '--gateway-command <command>',
        'a scenario with your gateway, started by this; {port}, {engines}, {controller} are filled in',
      ).conflicts('gateway'),
    )
    .addOption(
      new Option('--ports <which>', "mock: the sample's ports, or free ones")
        .choices(['sample', 'auto'])
        .default(undefined, 'sample'),
    )
    .addOption(
      new Option(
        '--port-base <port>',
        'controller, engines, gateway and its metrics at this port and the next four; 0 is --ports auto',
      )
        .argParser(wholeNumber('--port-base', { min: 0, max: 65_531 }))
        .conflicts('ports'),
    )
    .addOption(
      new Option('--settle <duration>', "mock: how long the gateway's background work may take")
        .argParser(durationMs('--settle'))
        .default(undefined, '5s'),
    )
    .addOption(
      new Option('--seed <n>', "prompts and mocks of a scenario; not mock's").argParser(
        wholeNumber('--seed', { min: 0, max: 4_294_967_295 }),
      ),
    )
    .addOption(
      new Option('--routing <policy>', "the gateway's policy in a scenario; not mock's").choices(
        ROUTING_POLICY_NAMES,
      ),
    )
    .option('--keep', 'leave everything up after the checks, until Ctrl-C');
  withOptions(command, ...workDirOptions(), ...reporterOptions(), ...outputOptions())
    .addHelpText('after', ENVIRONMENT)
    .action((scenario: string, flags: Omit<RunFlags, 'scenario'>) =>
      run(async () => (await import('./action.ts')).run, { ...flags, scenario }),
    );
}
