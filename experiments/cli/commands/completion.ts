import { nearestName } from '#core';
import type { Command } from '../command.ts';
import { defineCommand } from '../options/define-command.ts';
import { refuse } from '../options/table.ts';

const shells = ['bash', 'zsh', 'fish'] as const;

/** The command that prints a completion script, for the commands that it is given and itself. */
export function completionOf(commands: readonly Command[]): Command {
  const completion: Command = defineCommand({
    name: 'completion',
    summary: 'print a completion script for bash, zsh or fish',
    example: 'completion bash > fanout-completion.sh && source fanout-completion.sh',
    options: {},
    positionals: ['bash|zsh|fish'],
    run({ positionals: [shell] }) {
      const all = [...commands, completion];
      const scripts: Readonly<Record<string, (commands: readonly Command[]) => string>> = {
        bash: bashScript,
        zsh: zshScript,
        fish: fishScript,
      };
      const script = scripts[shell];
      if (script === undefined) {
        const nearest = nearestName(shell, shells);
        throw refuse(
          'completion',
          'SHELL',
          `there is no completion for it; did you mean ${nearest}?`,
          shell,
          shells.join(', '),
        );
      }
      process.stdout.write(script(all));
      return 0;
    },
  });
  return completion;
}

const optionsOf = ({ table }: Command): string[] => [...Object.keys(table), 'help'].map((name) => `--${name}`);

/** Options whose value is one of some words, each with these. */
const choicesOf = ({ table }: Command): (readonly [string, readonly string[]])[] =>
  Object.entries(table).flatMap(([name, { choices }]) => (choices.length === 0 ? [] : [[name, choices] as const]));

const helpOf = ({ table = {} }: Command, option: string): string =>
  table[option.slice(2)]?.help.split(/[:;(]/)[0] ?? '';

/** Completion needs one word to hang on: `fanout` is short for the npm script where there is no such command yet. */
const shorthand = `if ! command -v fanout >/dev/null 2>&1; then
  fanout() { npm run -s fanout -- "$@"; }
fi`;

const bashScript = (commands: readonly Command[]): string => `# Completion of fanout for bash; source it.
${shorthand}
_fanout() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD - 1]}" options="" choices=""
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(' ')}" -- "$current"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${commands.map((command) => `    ${command.name}) options="${optionsOf(command).join(' ')}" ;;`).join('\n')}
  esac
  case "\${COMP_WORDS[1]} $previous" in
${commands
  .flatMap((command) =>
    choicesOf(command).map(([name, choices]) => `    '${command.name} --${name}') choices="${choices.join(' ')}" ;;`),
  )
  .join('\n')}
  esac
  if [ -n "$choices" ]; then
    COMPREPLY=($(compgen -W "$choices" -- "$current"))
    return
  fi
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$options" -- "$current")) ;;
    *) COMPREPLY=($(compgen -f -- "$current")) ;;
  esac
}
complete -o filenames -F _fanout fanout
`;

const zshScript = (commands: readonly Command[]): string => `#compdef fanout
# Completion of fanout for zsh; source it after compinit.
${shorthand}
_fanout() {
  local -a commands
  commands=(
${commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`).join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  case "$words[2]" in
${commands.map((command) => `    ${command.name}) _arguments ${zshOptions(command)} '*:file:_files' ;;`).join('\n')}
  esac
}
compdef _fanout fanout
`;

const zshOptions = (command: Command): string => {
  const choices = new Map(choicesOf(command));
  return optionsOf(command)
    .map((option) => {
      const help = helpOf(command, option).replaceAll(/[[\]]/g, '');
      const words = choices.get(option.slice(2));
      return quoted(
        `${option}${help === '' ? '' : `[${help}]`}${words === undefined ? '' : `:value:(${words.join(' ')})`}`,
      );
    })
    .join(' ');
};

const fishScript = (commands: readonly Command[]): string => `# Completion of fanout for fish; source it.
if not type -q fanout
  function fanout
    npm run -s fanout -- $argv
  end
end
${commands.map(({ name, summary }) => `complete -c fanout -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`).join('\n')}
${commands
  .flatMap((command) =>
    optionsOf(command).map(
      (option) =>
        `complete -c fanout -n '__fish_seen_subcommand_from ${command.name}' -l ${option.slice(2)} -d ${quoted(helpOf(command, option))}${fishChoices(command, option)}`,
    ),
  )
  .join('\n')}
`;

const fishChoices = (command: Command, option: string): string => {
  const words = new Map(choicesOf(command)).get(option.slice(2));
  return words === undefined ? '' : ` -x -a ${quoted(words.join(' '))}`;
};

/** Between single quotes, which these shells read alike when none is inside. */
const quoted = (text: string): string => `'${text.replaceAll("'", '’')}'`;
