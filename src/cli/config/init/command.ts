import { Command, Option } from 'commander';
import type { RunAction } from '../../shell/action.ts';
import { commandThat } from '../../shell/help.ts';
import { collect, PathArgument } from '../../shell/options.ts';
import type { ConfigInitFlags } from './action.ts';

const EXAMPLES = `
Examples:
  kvcache config init                  conf.yaml for \`kvcache mock up\`
  kvcache config init - > conf.yaml    the same, printed
  kvcache config init --kind real-engine --lmcache http://10.0.0.9:9000 \\
    --engine a=http://10.0.0.7:8000 --engine b=http://10.0.0.8:8000

Environment: none.`;

/** `kvcache config init [file]`. */
export function configInitCommand(run: RunAction): Command {
  return commandThat('writes', new Command('init'))
    .description('Write a commented config to start from.')
    .addArgument(new PathArgument('[file]', 'where to; - prints it').default('conf.yaml'))
    .addOption(
      new Option('--kind <name>', 'for the mock backends, or for vLLM and LMCache')
        .choices(['mock', 'real-engine'])
        .default('mock'),
    )
    .option('--engine <id=url>', 'an engine with its instance id; repeatable', collect)
    .option('--vllm <url>', 'an engine called engine-a, engine-b, …; repeatable', collect)
    .option('--lmcache <url>', 'the LMCache controller or coordinator')
    .option('--model <name>', 'model of requests that name none')
    .option('--listen-port <port>', 'port of the gateway; 0 takes a free one')
    .option('-f, --force', 'overwrite a file that is there')
    .option('--json', 'one JSON document on stdout')
    .addHelpText('after', EXAMPLES)
    .action((file: string, flags: Omit<ConfigInitFlags, 'file'>) =>
      run(async () => (await import('./action.ts')).configInit, { ...flags, file }),
    );
}
