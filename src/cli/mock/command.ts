import { Command } from 'commander';
import type { MockKind, RawMockFlags } from '../../../mocks/flags.ts';
import type { RunAction } from '../shell/action.ts';

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
export function mockCommand(run: RunAction): Command {
  return new Command('mock')
    .description('Mock backends that stay up: no GPU, no network.')
    .addCommand(upCommand(run))
    .addCommand(controllerCommand(run))
    .addCommand(engineCommand(run))
    .addCommand(verifyCommand(run));
}

function upCommand(run: RunAction): Command {
  const up = serving(run, 'up', 'A controller and its engines in one process.')
    .option('--engines <count>', 'how many engines (default: 2)')
    .option(
      '--fleet <file>',
      'YAML file that describes controller, engines, profiles and faults, in place of flags',
    )
    .addHelpText('after', UP_EXAMPLES);
  return controllerFlags(engineFlags(up)).option(
    '--preferred <id>',
    'parity: instance every lookup favours',
  );
}

function controllerCommand(run: RunAction): Command {
  const controller = serving(run, 'controller', 'One mock LMCache controller.')
    .option('--addr <host:port>', 'listen address; port 0 takes a free one')
    .option('--id <id>', "the controller's name in journals")
    .option('--seed <number>', 'seed of everything random (default: 1)')
    .addHelpText('after', CONTROLLER_EXAMPLES);
  return controllerFlags(controller).option(
    '--preferred <id>',
    'parity: instance every lookup favours',
  );
}

function engineCommand(run: RunAction): Command {
  const engine = serving(run, 'engine', 'One mock vLLM engine.')
    .option('--addr <host:port>', 'listen address; port 0 takes a free one')
    .option('--id <id>', "the engine's instance id")
    .option('--controller <url>', 'mock controller in another process to report to')
    .addHelpText('after', ENGINE_EXAMPLES);
  return engineFlags(engine).option(
    '--role <a|b>',
    "parity: which of the sample's engines; only a answers /tokenize",
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

function serving(run: RunAction, kind: MockKind, description: string): Command {
  return new Command(kind)
    .description(description)
    .option(
      '--dialect <name>',
      'real: vLLM and LMCache; parity: the Pixiu sample (default: parity when a variable below is set, else real)',
    )
    .option('--port-base <port>', 'controller at this port, engines at the next; 0 takes free ones')
    .option('--faults <file>', 'YAML file of fault rules, read again when it changes')
    .option('--clock <kind>', 'live, or virtual: time moves only by POST /__mock/clock/advance')
    .option('--json', 'accepted for symmetry: the ready line is JSON anyway')
    .addHelpText('after', ENVIRONMENT)
    .action((flags: RawMockFlags) =>
      run(async () => (await import('./serve-action.ts')).mockServe, {
        kind,
        flags,
      }),
    );
}

function engineFlags(command: Command): Command {
  return command
    .option('--profile <name>', 'instant, 8b-h100, 70b-h100-tp8 or 3b-l40s (default: instant)')
    .option('--seed <number>', 'seed of everything random (default: 1)')
    .option('--speedup <factor>', 'divides every modelled time (default: 1)')
    .option('--model <name>', 'served model (default: mock-model)')
    .option('--vllm <version>', 'speak as this vLLM: 0.32, 0.25, 0.21, 0.10 or 0.9 (default: 0.32)')
    .option('--api-key-env <name>', 'variable that holds the API key /v1 asks for')
    .option('--kv-events', 'publish KV events at /__mock/events')
    .option(
      '--kv-events-zmq <address>',
      'publish them over ZeroMQ too, as vLLM does, for example at tcp://127.0.0.1:5557',
    )
    .option('--kv-events-replay <address>', 'ZeroMQ address that replays missed KV events')
    .option(
      '--kv-events-topic <topic>',
      'their ZeroMQ topic; {id} and {model} stand for those of the engine',
    )
    .option('--no-served-by', 'send no x-inference-pod and served_by, like a real engine')
    .option(
      '--no-cached-tokens',
      'leave cached_tokens out of usage, like an engine without the flag',
    )
    .option('--auto-tool-choice', 'let chats offer tools, as with vLLM’s flag; none is ever called')
    .option('--delay <duration>', 'parity: pause before a chat answer (default: 150ms)');
}

function controllerFlags(command: Command): Command {
  return command
    .option('--api <name>', 'legacy, coordinator or toy (default: legacy)')
    .option('--lag <duration>', 'how late the controller learns what engines hold (default: 0)')
    .option(
      '--holders <policy>',
      'first-admitted, registry-order or all (default: that of the version)',
    );
}
