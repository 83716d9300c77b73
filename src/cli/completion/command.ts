import { Argument, type Command } from 'commander';
import type { RunAction } from '../shell/action.ts';
import { type Shell, SHELLS } from './scripts.ts';
import { commandThat } from '../shell/help.ts';

const EXAMPLES = `
It knows commands, flags, their values, scenarios and reporters.

Examples:
  source <(kvcache completion bash)                  this shell only
  kvcache completion bash > ~/.local/share/bash-completion/completions/kvcache
  kvcache completion zsh > "\${fpath[1]}/_kvcache"    then start a new shell
  kvcache completion fish > ~/.config/fish/completions/kvcache.fish

Environment: none.`;

/** `kvcache completion bash|zsh|fish`. */
export function completionCommand(command: Command, run: RunAction): void {
  commandThat('writes', command)
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .addHelpText('after', EXAMPLES)
    .action((shell: Shell) =>
      run(async () => (await import('./action.ts')).completion, {
        shell,
        program: command.parent!,
      }),
    );
}
