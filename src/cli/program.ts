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

/** The list of commands, in the order a newcomer meets them. */
export function buildProgram(name: string, run: RunAction): Command {
  return new Command(name)
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
    .addCommand(completionCommand(run));
}
