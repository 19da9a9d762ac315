export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/*
 * Each script asks `kubetape __complete SHELL …` and is told, in the first line, what to do: `words` and `nospace` (no blank
 * after the word) offer the lines that follow, `files` and `folders` leave it to the shell.
 */

const BASH = String.raw`# kubetape completion for bash: source <(kubetape completion bash)
_kubetape() {
  local directive='' word cur="${'$'}{COMP_WORDS[COMP_CWORD]}"
  COMPREPLY=()
  {
    IFS= read -r directive
    while IFS= read -r word; do COMPREPLY+=("$word"); done
  } < <("$1" __complete bash "$COMP_WORDBREAKS" "${'$'}{COMP_LINE:0:COMP_POINT}" 2>/dev/null)
  case "$directive" in
    nospace) compopt -o nospace 2>/dev/null ;;
    files | folders)
      local kind=-f
      [ "$directive" = folders ] && kind=-d
      [ "$cur" = '=' ] && cur=''
      compopt -o filenames 2>/dev/null
      while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen "$kind" -- "$cur")
      ;;
  esac
}
complete -F _kubetape kubetape
`;

const ZSH = String.raw`#compdef kubetape
# kubetape completion for zsh: source <(kubetape completion zsh), after compinit
_kubetape() {
  local -a lines
  local directive
  lines=("${'$'}{(@f)$("${'$'}{words[1]}" __complete zsh "${'$'}{(@Q)words[1,CURRENT-1]}" "${'$'}{(Q)PREFIX}" 2>/dev/null)}")
  directive="${'$'}{lines[1]}"
  shift lines
  case "$directive" in
    files) compset -P '--*='; _files ;;
    folders) compset -P '--*='; _files -/ ;;
    nospace) compadd -S '' -- "${'$'}{lines[@]}" ;;
    words) (( ${'$'}{#lines} )) && compadd -- "${'$'}{lines[@]}" ;;
  esac
}
if [[ "${'$'}{funcstack[1]}" == _kubetape ]]; then
  _kubetape "$@"
else
  compdef _kubetape kubetape
fi
`;

const FISH = String.raw`# kubetape completion for fish: kubetape completion fish > ~/.config/fish/completions/kubetape.fish
function __kubetape_complete
    set -l current (commandline -ct)
    set -l lines (kubetape __complete fish (commandline -opc) "$current" 2>/dev/null)
    set -l flag (string match -r '^--[^=]*=' -- "$current")
    set -l path (string replace -r '^--[^=]*=' '' -- "$current")
    switch "$lines[1]"
        case files
            printf '%s\n' "$flag"(__fish_complete_path "$path")
        case folders
            printf '%s\n' "$flag"(__fish_complete_directories "$path")
        case '*'
            printf '%s\n' $lines[2..-1]
    end
end
complete -c kubetape -f -a '(__kubetape_complete)'
`;

/** The scripts that `kubetape completion` prints. */
export const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
