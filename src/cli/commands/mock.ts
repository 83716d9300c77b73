import { Command } from 'commander';
import type { MockKind, RawMockFlags } from '../../../mocks/flags.ts';
import type { RunAction } from '../action.ts';

const ENVIRONMENT = `
Environment (parity dialect; a blank value counts as unset, a flag beats it):
  LMCACHE_ADDR            controller's listen address      127.0.0.1:18081
  PREFERRED_ENDPOINT_ID   instance every lookup favours    mock-llm-b
  LLM_A_ADDR, LLM_A_ID    engine A (answers /tokenize)     127.0.0.1:18091, mock-llm-a
  LLM_B_ADDR, LLM_B_ID    engine B                         127.0.0.1:18092, mock-llm-b
An address without host, as in :18081, listens on every interface.

When ready, one JSON line goes to stdout; the mocks then serve until Ctrl-C or SIGTERM.`;

/** `kvcache mock up|controller|engine`: mock backends that stay up. */
export function mockCommand(run: RunAction): Command {
  const mock = new Command('mock').description('Mock backends that stay up: no GPU, no network.');
  mock.addCommand(
    withSharedFlags(command(run, 'up', 'A controller and its engines in one process.')).option(
      '--preferred <id>',
      'instance every lookup favours',
    ),
  );
  mock.addCommand(
    withSharedFlags(command(run, 'controller', 'One mock LMCache controller.'))
      .option('--addr <host:port>', 'listen address; port 0 takes a free one')
      .option('--preferred <id>', 'instance every lookup favours'),
  );
  mock.addCommand(
    withSharedFlags(command(run, 'engine', 'One mock engine.'))
      .option('--addr <host:port>', 'listen address; port 0 takes a free one')
      .option('--id <id>', "the engine's instance id")
      .option('--role <a|b>', "which of the sample's engines: only a answers /tokenize", 'a'),
  );
  return mock;
}

function command(run: RunAction, kind: MockKind, description: string): Command {
  return new Command(kind)
    .description(description)
    .addHelpText('after', ENVIRONMENT)
    .action((flags: RawMockFlags) =>
      run(async () => (await import('../actions/mock-serve.ts')).mockServe, { kind, flags }),
    );
}

function withSharedFlags(target: Command): Command {
  return target
    .option('--dialect <name>', 'wire the mocks speak: parity', 'parity')
    .option('--port-base <port>', 'controller at this port, engines at the next; 0 takes free ones')
    .option('--delay <duration>', 'pause before a chat answer', '0')
    .option('--json', 'accepted for symmetry: the ready line is JSON anyway');
}
