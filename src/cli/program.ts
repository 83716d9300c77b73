import { Command } from 'commander';
import { VERSION } from '../base/version.ts';
import type { RunAction } from './action.ts';
import { completionCommand } from './commands/completion.ts';
import { configCommand } from './commands/config.ts';
import { doctorCommand } from './commands/doctor.ts';
import { gatewayCommand } from './commands/gateway.ts';
import { loadCommand } from './commands/load.ts';
import { mockCommand } from './commands/mock.ts';
import { reportCommand } from './commands/report.ts';
import { requestCommand } from './commands/request.ts';
import { runCommand } from './commands/run.ts';
import { verifyCommand } from './commands/verify.ts';
import { finishHelp } from './help.ts';

const EXAMPLES = `
Every day:
  kvcache run mock              the whole system on this machine, in a second
  kvcache doctor --vllm URL --lmcache URL    what would break a measurement
  kvcache verify --vllm URL --lmcache URL    does routing work, what does it buy

Each command has its own --help, with examples, variables and exit codes.`;

/** The list of commands, in the order a newcomer meets them. */
export function buildProgram(name: string, run: RunAction): Command {
  const program = new Command(name)
    .description(
      'Proves whether KV-cache-aware LLM routing works, and what it buys: on a laptop with mock ' +
        'backends, against a real vLLM + LMCache deployment, and in CI.',
    )
    .version(VERSION)
    .showHelpAfterError('(run with --help to see every flag)')
    .addCommand(runCommand(run))
    .addCommand(verifyCommand(run))
    .addCommand(requestCommand(run))
    .addCommand(doctorCommand(run))
    .addCommand(loadCommand(run))
    .addCommand(reportCommand(run))
    .addCommand(gatewayCommand(run))
    .addCommand(mockCommand(run))
    .addCommand(configCommand(run))
    .addCommand(completionCommand(run))
    .addHelpText('after', EXAMPLES);
  finishHelp(program);
  return program;
}
