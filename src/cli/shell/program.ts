import { Command } from 'commander';
import { VERSION } from '../../base/version.ts';
import type { RunAction } from './action.ts';
import { FileableCommand } from './fileable-command.ts';
import { finishHelp } from './help.ts';

interface CommandRow {
  name: string;
  summary: string;
  /** What gives the command its arguments, flags and action. */
  load: () => Promise<(command: FileableCommand, run: RunAction) => void>;
}

/** In the order a newcomer meets them. */
const COMMANDS: readonly CommandRow[] = [
  {
    name: 'run',
    summary: 'Bring a scenario up, drive it, judge it, take it down.',
    load: async () => (await import('../run/command.ts')).runCommand,
  },
  {
    name: 'verify',
    summary: 'Prove on a running deployment whether KV-cache-aware routing works and what it buys.',
    load: async () => (await import('../verify/command.ts')).verifyCommand,
  },
  {
    name: 'request',
    summary: 'Send one prompt N times; show who served each, cached tokens and latency.',
    load: async () => (await import('../request/command.ts')).requestCommand,
  },
  {
    name: 'doctor',
    summary: 'Check every known cause of silent cache misses, each with evidence and a remedy.',
    load: async () => (await import('../doctor/command.ts')).doctorCommand,
  },
  {
    name: 'watch',
    summary: 'Watch a deployment and tell when cache-aware routing stops working.',
    load: async () => (await import('../watch/command.ts')).watchCommand,
  },
  {
    name: 'load',
    summary: 'Put load on an OpenAI-compatible server and measure it.',
    load: async () => (await import('../load/command.ts')).loadCommand,
  },
  {
    name: 'prompts',
    summary: 'What of your prompts can be reused, what breaks it and where; a gate for CI.',
    load: async () => (await import('../prompts/command.ts')).promptsCommand,
  },
  {
    name: 'simulate',
    summary: 'Compare routing policies, fleets and cache sizes on your traffic, in virtual time.',
    load: async () => (await import('../simulate/command.ts')).simulateCommand,
  },
  {
    name: 'calibrate',
    summary: 'Fit a profile to a real engine, so that simulations and mocks keep its times.',
    load: async () => (await import('../calibrate/command.ts')).calibrateCommand,
  },
  {
    name: 'report',
    summary: 'Show a finished run in another format; compare, merge, list or seal runs.',
    load: async () => (await import('../report/command.ts')).reportCommand,
  },
  {
    name: 'gateway',
    summary: 'The embedded gateway: Pixiu-compatible, KV-cache-aware.',
    load: async () => (await import('../gateway/command.ts')).gatewayCommand,
  },
  {
    name: 'mock',
    summary: 'Mock backends that stay up: no GPU, no network.',
    load: async () => (await import('../mock/command.ts')).mockCommand,
  },
  {
    name: 'config',
    summary: 'Gateway configs: fill templates in, check, start one, describe the keys.',
    load: async () => (await import('../config/command.ts')).configCommand,
  },
  {
    name: 'completion',
    summary: 'Print a shell’s completion script.',
    load: async () => (await import('../completion/command.ts')).completionCommand,
  },
];

const EXAMPLES = `
Every day:
  kvcache run mock              the whole system on this machine, in a second
  kvcache doctor --vllm URL --lmcache URL    what would break a measurement
  kvcache verify --vllm URL --lmcache URL    does routing work, what does it buy

Each command has its own --help, with examples, variables and exit codes.`;

/**
 * The commands; given the arguments, those they do not ask for have no flags yet: what describes flags
 * takes longer to load than help takes to print.
 */
export async function buildProgram(
  name: string,
  run: RunAction,
  args?: readonly string[],
): Promise<Command> {
  const program = new Command(name)
    .description(
      'Proves whether KV-cache-aware LLM routing works, and what it buys: on a laptop with mock ' +
        'backends, against a real vLLM + LMCache deployment, and in CI.',
    )
    .version(VERSION)
    .addHelpText('after', EXAMPLES);
  const isAskedFor = commandsIn(args);
  await Promise.all(
    COMMANDS.map(async ({ name, summary, load }) => {
      const command = new FileableCommand(name).description(summary);
      program.addCommand(command);
      if (isAskedFor(name)) (await load())(command, run);
    }),
  );
  finishHelp(program);
  return program;
}

function commandsIn(args: readonly string[] | undefined): (name: string) => boolean {
  const [first, second] = args?.filter((it) => !it.startsWith('-')) ?? [];
  // The script of `completion` has every flag of every command.
  if (args === undefined || first === 'completion') return () => true;
  const asked = first === 'help' ? second : first;
  return (name) => name === asked;
}
