import { Command, Option } from 'commander';
import type { MockKind } from '../../../mocks/flags/mark.ts';
import type { RawMockFlags } from '../../../mocks/flags/read-flags.ts';
import { FLAG_ROWS, writtenFlag } from '../../../mocks/flags/rows.ts';
import type { RunAction } from '../shell/action.ts';
import { ACCESS_FLAGS } from '../../target/flags.ts';
import { optionsOf } from '../shell/flag-table.ts';
import { SuggestingOption, wholeNumber, withOptions } from '../shell/options.ts';
import type { MockProxyFlags } from './proxy-action.ts';
import { commandThat } from '../shell/help.ts';

const COMMAND_DOC = 'behind --: run while they are up; its exit code is handed on';

const ENVIRONMENT = `
Environment (a blank value counts as unset, a flag beats it):
  LMCACHE_ADDR           the controller's listen address  127.0.0.1:18081
  LLM_A_ADDR             listen address of engine 1       127.0.0.1:18091
  LLM_B_ADDR             listen address of engine 2       127.0.0.1:18092
  LLM_A_ID, LLM_B_ID     their ids, parity dialect        mock-llm-a, mock-llm-b
  PREFERRED_ENDPOINT_ID  who is favoured, parity dialect  mock-llm-b
  MOCK_LLM_RESPONSE_DELAY_MS  as --delay, in ms            150
An address without host, as in :18081, listens on every interface.

When ready, one JSON line goes to stdout; the mocks then serve until Ctrl-C or
SIGTERM. With a command behind -- they serve it instead and end with it, and
the exit code is the command's. It finds the addresses in its environment:
  KVCACHE_CONTROLLER  KVCACHE_ENGINES (by commas)  KVCACHE_ENGINE_1, _2, …
  KVCACHE_MOCKS       the JSON line`;

const UP_EXAMPLES = `
Examples:
  kvcache mock up                           two vLLM engines and a controller
  kvcache mock up --engines 4 --profile 8b-h100   four modelled GPUs
  kvcache mock up --fleet fleet.yaml        engines as a file describes them
  kvcache mock up --dialect parity          the dubbo-go-pixiu sample's mocks
  kvcache mock up --port-base 0 -- npm test   your tests, beside them`;

const CONTROLLER_EXAMPLES = `
Examples:
  kvcache mock controller --port-base 0              a free port, LMCache's API
  kvcache mock controller --lag 500ms                learns late who holds what`;

const ENGINE_EXAMPLES = `
Examples:
  kvcache mock engine --addr 127.0.0.1:0 --id a      one engine on its own
  kvcache mock engine --controller http://127.0.0.1:18081 --profile 8b-h100`;

const PROXY_EXAMPLES = `
The rules are those of kvcache mock up --faults, read again when the file
changes; a request may ask for one with the header x-mock-fault.

Examples:
  kvcache mock proxy --target http://10.0.0.7:8000 --faults faults.yaml \\
    --addr 127.0.0.1:8001

Environment: only the variable that --api-key-env names.`;

const VERIFY_EXAMPLES = `
Examples:
  kvcache mock verify http://127.0.0.1:18091 --rules rules.yaml

Environment: none.`;

/** `kvcache mock up|controller|engine|verify`: mock backends that stay up, and what they were asked. */
export function mockCommand(command: Command, run: RunAction): void {
  command
    .addCommand(upCommand(run))
    .addCommand(controllerCommand(run))
    .addCommand(engineCommand(run))
    .addCommand(proxyCommand(run))
    .addCommand(verifyCommand(run));
}

function upCommand(run: RunAction): Command {
  return serving(run, 'up', {
    description: 'A controller and its engines in one process.',
    examples: UP_EXAMPLES,
  });
}

function controllerCommand(run: RunAction): Command {
  return serving(run, 'controller', {
    description: 'One mock LMCache controller.',
    examples: CONTROLLER_EXAMPLES,
  });
}

function engineCommand(run: RunAction): Command {
  return serving(run, 'engine', {
    description: 'One mock vLLM engine.',
    examples: ENGINE_EXAMPLES,
  });
}

function proxyCommand(run: RunAction): Command {
  const command = commandThat('serves', new Command('proxy'))
    .description('A real engine behind a server that injects faults.')
    .argument('[command...]', COMMAND_DOC)
    .requiredOption('--target <url>', 'base URL of the real engine')
    .requiredOption('--faults <file>', 'YAML file of fault rules')
    .option('--addr <host:port>', 'listen address; port 0 takes a free one', '127.0.0.1:0')
    .option('--id <id>', 'its name in rules and the ready line', 'fault-proxy')
    .addOption(
      new Option('--seed <n>', 'of the draws of a probability')
        .argParser(wholeNumber('--seed', { min: 0, max: 0xffff_ffff }))
        .default(1),
    );
  return withOptions(command, ...optionsOf(ACCESS_FLAGS))
    .addHelpText('after', PROXY_EXAMPLES)
    .action((words: string[], flags: Omit<MockProxyFlags, 'command'>) =>
      run(async () => (await import('./proxy-action.ts')).mockProxy, { ...flags, command: words }),
    );
}

function verifyCommand(run: RunAction): Command {
  return new Command('verify')
    .description('Judge rules on what running mocks were asked; exit code 1 when one fails.')
    .argument('<url...>', 'base URLs of the mocks')
    .requiredOption('--rules <file>', 'YAML or JSON file with the rules')
    .option('--json', 'one JSON document on stdout')
    .addHelpText('after', VERIFY_EXAMPLES)
    .action((urls: string[], flags: { rules: string; json?: boolean }) =>
      run(async () => (await import('./verify-action.ts')).mockVerify, {
        urls,
        rulesFile: flags.rules,
        isJson: flags.json === true,
      }),
    );
}

function serving(
  run: RunAction,
  kind: MockKind,
  { description, examples }: { description: string; examples: string },
): Command {
  const command = commandThat('serves', new Command(kind))
    .description(description)
    .argument('[command...]', COMMAND_DOC);
  for (const [name, { value, of, schema }] of Object.entries(FLAG_ROWS)) {
    if (!of?.includes(kind)) continue;
    const names = schema.oneOf ?? schema.suggested;
    const written = [writtenFlag(name), value].filter(Boolean).join(' ');
    // What it may be is told by the mocks themselves, which say more than commander.
    command.addOption(
      names ? new SuggestingOption(written, schema.doc, names) : new Option(written, schema.doc),
    );
  }
  return command
    .addHelpText('after', ENVIRONMENT)
    .addHelpText('after', examples)
    .action((words: string[], flags: RawMockFlags) =>
      run(async () => (await import('./serve-action.ts')).mockServe, {
        kind,
        flags,
        command: words,
      }),
    );
}
