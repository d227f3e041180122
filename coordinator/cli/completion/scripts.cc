#include "coordinator/cli/completion/scripts.h"

#include <algorithm>

namespace muster::coordinator::cli::completion {
namespace {

// The line is split at blanks here, not by bash: that splits at '=' and ':' too. What is answered
// then replaces only what is behind the last of them.
constexpr const char* kBash = R"(# Completion of muster's command lines in bash.
_muster() {
  local line=${COMP_LINE:0:COMP_POINT} how current prefix='' candidate
  local -a words answer
  read -r -a words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  current=${words[${#words[@]} - 1]}
  mapfile -t answer < <("${words[0]/#\~/$HOME}" complete-words -- "${words[@]:1}" 2>/dev/null)
  how=${answer[0]}
  COMPREPLY=()
  case $how in
    yaml)
      compopt -o filenames
      mapfile -t COMPREPLY < <(compgen -f -X '!*.y*ml' -- "$current"; compgen -d -- "$current")
      return ;;
    folders)
      compopt -o filenames
      mapfile -t COMPREPLY < <(compgen -d -- "$current")
      return ;;
    nospace) compopt -o nospace ;;
  esac
  [[ $current == *=* && $COMP_WORDBREAKS == *=* ]] && prefix=${current%"${current##*=}"}
  for candidate in "${answer[@]:1}"; do
    candidate=${candidate%%$'\t'*}
    COMPREPLY+=("${candidate#"$prefix"}")
  done
}
complete -F _muster muster
)";

constexpr const char* kZsh = R"(#compdef muster
# Completion of muster's command lines in zsh.
_muster() {
  local -a answer described
  local candidate
  answer=("${(@f)$(${(Q)words[1]} complete-words -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  case $answer[1] in
    yaml) _files -g '*.(yaml|yml)'; return ;;
    folders) _files -/; return ;;
  esac
  for candidate in "${(@)answer[2,-1]}"; do
    candidate=${candidate//:/\\:}
    described+=("${candidate/$'\t'/:}")
  done
  if [[ $answer[1] == nospace ]]; then
    _describe muster described -S ''
  else
    _describe muster described
  fi
}
if [[ $funcstack[1] == _muster ]]; then
  _muster "$@"
else
  compdef _muster muster
fi
)";

constexpr const char* kFish = R"(# Completion of muster's command lines in fish.
function __muster_complete
    set -l words (commandline -opc)
    set -l program $words[1]
    set -e words[1]
    set -l current (commandline -ct)
    set -l answer ($program complete-words -- $words "$current" 2>/dev/null)
    switch "$answer[1]"
        case yaml
            __fish_complete_suffix "$current" .yaml
        case folders
            __fish_complete_directories "$current"
        case '*'
            set -e answer[1]
            printf '%s\n' $answer
    end
end
complete -c muster -f -a '(__muster_complete)'
)";

}  // namespace

std::vector<std::string> shells() { return {"bash", "zsh", "fish"}; }

bool is_shell(const std::string& name) {
  const std::vector<std::string> known = shells();
  return std::find(known.begin(), known.end(), name) != known.end();
}

std::string script_for(const std::string& shell) {
  if (shell == "zsh") return kZsh;
  return shell == "fish" ? kFish : kBash;
}

}  // namespace muster::coordinator::cli::completion
