import { Command } from 'commander';
import { VERSION } from '../../base/version.ts';
import type { RunAction } from './action.ts';
import { completionCommand } from '../completion/command.ts';
import { configCommand } from '../config/command.ts';
import { doctorCommand } from '../doctor/command.ts';
import { gatewayCommand } from '../gateway/command.ts';
import { loadCommand } from '../load/command.ts';
import { mockCommand } from '../mock/command.ts';
import { reportCommand } from '../report/command.ts';
import { requestCommand } from '../request/command.ts';
import { runCommand } from '../run/command.ts';
import { simulateCommand } from '../simulate/command.ts';
import { verifyCommand } from '../verify/command.ts';
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
    .addCommand(simulateCommand(run))
    .addCommand(reportCommand(run))
    .addCommand(gatewayCommand(run))
    .addCommand(mockCommand(run))
    .addCommand(configCommand(run))
    .addCommand(completionCommand(run))
    .addHelpText('after', EXAMPLES);
  finishHelp(program);
  return program;
}
