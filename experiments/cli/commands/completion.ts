import { InputError } from '../../input-error.ts';
import type { Command } from '../command.ts';

const shells = ['bash', 'zsh', 'fish'] as const;

/** The command that prints a completion script, for the commands that it is given and itself. */
export function completionOf(commands: readonly Command[]): Command {
  const completion: Command = {
    name: 'completion',
    summary: 'print a completion script for bash, zsh or fish',
    usage: 'completion bash|zsh|fish',
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
        throw new InputError('completion', [
          {
            path: 'SHELL',
            given: shell,
            accepted: shells.join(', '),
            message: 'there is no completion for this shell',
          },
        ]);
      }
      process.stdout.write(script(all));
      return 0;
    },
  };
  return completion;
}

const optionsOf = ({ options }: Command): string[] => [...Object.keys(options), 'help'].map((name) => `--${name}`);

/** Completion needs one word to hang on: `fanout` is short for the npm script where there is no such command yet. */
const shorthand = `if ! command -v fanout >/dev/null 2>&1; then
  fanout() { npm run -s fanout -- "$@"; }
fi`;

const bashScript = (commands: readonly Command[]): string => `# Completion of fanout for bash; source it.
${shorthand}
_fanout() {
  local current="\${COMP_WORDS[COMP_CWORD]}" options=""
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(' ')}" -- "$current"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${commands.map((command) => `    ${command.name}) options="${optionsOf(command).join(' ')}" ;;`).join('\n')}
  esac
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
${commands.map((command) => `    ${command.name}) _arguments ${optionsOf(command).map(quoted).join(' ')} '*:file:_files' ;;`).join('\n')}
  esac
}
compdef _fanout fanout
`;

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
      (option) => `complete -c fanout -n '__fish_seen_subcommand_from ${command.name}' -l ${option.slice(2)}`,
    ),
  )
  .join('\n')}
`;

/** Between single quotes, which these shells read alike when none is inside. */
const quoted = (text: string): string => `'${text.replaceAll("'", '’')}'`;
