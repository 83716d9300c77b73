import type { Completable, CompletableFlag } from './completions.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;

export type Shell = (typeof SHELLS)[number];

/** The completion script of a shell for a program of that name. */
export function completionScript(
  shell: Shell,
  name: string,
  commands: readonly Completable[],
): string {
  switch (shell) {
    case 'bash':
      return bashScript(name, commands);
    case 'zsh':
      // zsh runs bash's completions by a module that comes with it.
      return `#compdef ${name}\nautoload -U +X bashcompinit && bashcompinit\n${bashScript(name, commands)}`;
    case 'fish':
      return fishScript(name, commands);
  }
}

/**
 * Walks the words to find the command, then offers what fits the word before the cursor. Nothing of
 * the program runs while one types.
 */
function bashScript(name: string, commands: readonly Completable[]): string {
  const fn = functionName(name);
  return `# ${name} completion: source it, or put it where your shell looks for completions.
${fn}() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" path="" word i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    case "\${path:+$path }$word" in
      ${commands
        .map(({ path }) => quoted(path))
        .slice(1)
        .join('|')}) path="\${path:+$path }$word" ;;
    esac
  done
  case "$path $prev" in
${valueCases(commands).join('\n')}
  esac
  local words=""
  case "$path" in
${commands.map(wordCase).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F ${fn} ${name}
`;
}

function functionName(program: string): string {
  return `_${program.replaceAll(/\W/g, '_')}_completion`;
}

function valueCases(commands: readonly Completable[]): string[] {
  return commands.flatMap(({ path, flags }) =>
    flags
      .filter(({ takes }) => takes !== 'nothing')
      .map((flag) => {
        const patterns = flag.names.map((it) => quoted(`${path} ${it}`)).join('|');
        return `    ${patterns}) ${valueAction(flag)}; return ;;`;
      }),
  );
}

function valueAction({ takes, choices }: CompletableFlag): string {
  if (takes === 'choice') return `COMPREPLY=($(compgen -W ${quoted(choices.join(' '))} -- "$cur"))`;
  if (takes === 'list') {
    // What stands before the last comma stays.
    return `COMPREPLY=($(compgen -P "\${cur%"\${cur##*,}"}" -W ${quoted(choices.join(' '))} -- "\${cur##*,}"))`;
  }
  if (takes === 'file') return 'COMPREPLY=($(compgen -f -- "$cur"))';
  if (takes === 'variable') return 'COMPREPLY=($(compgen -e -- "$cur"))';
  if (takes === 'directory') return 'COMPREPLY=($(compgen -d -- "$cur"))';
  return ':';
}

function wordCase({ path, subcommands, flags, values, takesFiles }: Completable): string {
  const words = [...subcommands.map(({ name }) => name), ...values];
  const names = [...words, ...flags.flatMap((flag) => flag.names)];
  const files = takesFiles
    ? ` if [[ $cur != -* ]]; then COMPREPLY=($(compgen -W ${quoted(words.join(' '))} -- "$cur") $(compgen -f -- "$cur")); return; fi;`
    : '';
  return `    ${quoted(path)})${files} words=${quoted(names.join(' '))} ;;`;
}

function fishScript(name: string, commands: readonly Completable[]): string {
  const fn = functionName(name);
  const paths = commands.slice(1).map(({ path }) => quoted(`${name} ${path}`));
  return `# ${name} completion for fish
function ${fn}
  set -l path ${name}
  for word in (commandline -opc)[2..-1]
    switch "$path $word"
      case ${paths.join(' ')}
        set path "$path $word"
    end
  end
  test "$path" = "$argv"
end
complete -c ${name} -f
${commands.flatMap((command) => fishLines(name, command)).join('\n')}
`;
}

function fishLines(
  name: string,
  { path, subcommands, flags, values, takesFiles }: Completable,
): string[] {
  const condition = `${functionName(name)} ${`${name} ${path}`.trim()}`;
  const begin = `complete -c ${name} -n ${quoted(condition)}`;
  return [
    ...subcommands.map((it) => `${begin} -a ${quoted(it.name)} -d ${quoted(it.summary)}`),
    ...(values.length > 0 ? [`${begin} -a ${quoted(values.join(' '))}`] : []),
    ...(takesFiles ? [`${begin} -F`] : []),
    ...flags.map((flag) => `${begin} ${fishFlag(flag)}`),
  ];
}

function fishFlag({ names, summary, takes, choices }: CompletableFlag): string {
  const parts = names.map((it) =>
    it.startsWith('--') ? `-l ${it.slice(2)}` : `-s ${it.slice(1)}`,
  );
  if (takes === 'choice') parts.push(`-x -a ${quoted(choices.join(' '))}`);
  if (takes === 'list') {
    const values = `printf '%s\\n' ${choices.join(' ')}`;
    parts.push(`-x -a "(__fish_complete_list , ${JSON.stringify(values).replaceAll('"', '\\"')})"`);
  }
  if (takes === 'variable') parts.push('-x -a "(set -nx)"');
  if (takes === 'text') parts.push('-x');
  if (takes === 'file' || takes === 'directory') parts.push('-r -F');
  return [...parts, `-d ${quoted(summary)}`].join(' ');
}

/** Single quotes keep every character as it is, in all three shells. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", '’')}'`;
}
