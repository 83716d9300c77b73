import { Command, Option } from 'commander';
import type { MockKind } from '../../../mocks/flags/mark.ts';
import type { RawMockFlags } from '../../../mocks/flags/read-flags.ts';
import { FLAG_ROWS, writtenFlag } from '../../../mocks/flags/rows.ts';
import type { RunAction } from '../shell/action.ts';
import { SuggestingOption } from '../shell/options.ts';
import { commandThat } from '../shell/help.ts';

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
SIGTERM.`;

const UP_EXAMPLES = `
Examples:
  kvcache mock up                           two vLLM engines and a controller
  kvcache mock up --engines 4 --profile 8b-h100   four modelled GPUs
  kvcache mock up --fleet fleet.yaml        engines as a file describes them
  kvcache mock up --dialect parity          the dubbo-go-pixiu sample's mocks`;

const CONTROLLER_EXAMPLES = `
Examples:
  kvcache mock controller --port-base 0              a free port, LMCache's API
  kvcache mock controller --lag 500ms                learns late who holds what`;

const ENGINE_EXAMPLES = `
Examples:
  kvcache mock engine --addr 127.0.0.1:0 --id a      one engine on its own
  kvcache mock engine --controller http://127.0.0.1:18081 --profile 8b-h100`;

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
  const command = commandThat('serves', new Command(kind)).description(description);
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
    .action((flags: RawMockFlags) =>
      run(async () => (await import('./serve-action.ts')).mockServe, { kind, flags }),
    );
}
