// The commands that describe the command line itself: completion, complete, man.
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "harness/command/commands.hpp"
#include "harness/command/completion.hpp"
#include "harness/command/manual_page.hpp"
#include "harness/command/terminal.hpp"
#include "harness/version.hpp"
#include "impl/apps/shared/program.hpp"

namespace badwire::harness {
namespace {

constexpr std::string_view bash_script = R"(# Completion of badwire for bash.
_badwire() {
    local line current=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[0]/#\~/$HOME}
    [[ $current == "=" ]] && current=
    COMPREPLY=()
    while IFS= read -r line; do
        case $line in
        :scenarios)
            compopt -o filenames 2>/dev/null
            mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "$current"; compgen -f -X '!*.json' -- "$current")
            ;;
        :files)
            compopt -o filenames 2>/dev/null
            mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$current")
            ;;
        :folders)
            compopt -o filenames 2>/dev/null
            mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "$current")
            ;;
        *) COMPREPLY+=("${line%%$'\t'*}") ;;
        esac
    done < <("$command" complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _badwire badwire
)";

constexpr std::string_view zsh_script = R"(#compdef badwire
# Completion of badwire for zsh.
_badwire() {
    local line
    local -a described
    for line in "${(@f)$(${~words[1]} complete "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
        case $line in
        (:scenarios) _files -g '*.json' ;;
        (:files) _files ;;
        (:folders) _files -/ ;;
        (*$'\t'*) described+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}") ;;
        (?*) described+=("${line//:/\\:}") ;;
        esac
    done
    (( $#described )) && _describe badwire described
}
if [[ $funcstack[1] == _badwire ]]; then _badwire "$@"; else compdef _badwire badwire; fi
)";

constexpr std::string_view fish_script = R"(# Completion of badwire for fish.
function __badwire_complete
    set -l words (commandline -opc) (commandline -ct)
    for line in ($words[1] complete $words[2..-1] 2>/dev/null)
        switch $line
            case :scenarios
                __fish_complete_suffix .json
            case :files
                __fish_complete_path (commandline -ct)
            case :folders
                __fish_complete_directories (commandline -ct) ''
            case '*'
                echo $line
        end
    end
end
complete -c badwire -f -a '(__badwire_complete)'
)";

bool write_page(const std::filesystem::path& file, const std::string& page)
{
    std::ofstream out(file, std::ios::binary);
    out << page;
    out.close();
    if (!out) complain("badwire man: cannot write {}\n", file.string());
    return !out.fail();
}

int write_manual(const command_description& badwire, const std::filesystem::path& folder)
{
    std::error_code failed; // told by what cannot be written there
    std::filesystem::create_directories(folder, failed);
    bool written = write_page(folder / "badwire.1", manual_page(badwire, {}, version));
    for (const command_description& one : badwire.below)
        written = write_page(folder / ("badwire-" + one.name + ".1"),
                             manual_page(one, "badwire", version)) &&
                  written;
    return written ? exit_passed : exit_usage;
}

} // namespace

std::string_view completion_script(std::string_view shell)
{
    return shell == "bash" ? bash_script : shell == "zsh" ? zsh_script : fish_script;
}

command_description described(const command_line& badwire)
{
    command_description made = badwire.described();
    const auto exec = std::ranges::find(made.below, "exec", &command_description::name);
    for (const apps::program& one : apps::catalogue()) exec->below.push_back(one.describe(one));
    return made;
}

int complete_main(const command_line& badwire, const std::vector<std::string>& words)
{
    for (const candidate& one : completions(described(badwire), words))
        write_raw(stdout, one.word + (one.help.empty() ? "" : "\t" + one.help) + "\n");
    return exit_passed;
}

void add_completion_command(command_line& badwire)
{
    auto shell = std::make_shared<std::string>();
    command_line& command =
        badwire.command("completion", "Print what makes a shell complete badwire's command line");
    command
        .one_of(
            "SHELL", {"bash", "zsh", "fish"}, [shell](const std::string& word) { *shell = word; },
            "Which shell")
        .required();
    command.explain("bash: source <(badwire completion bash), in ~/.bashrc\n"
                    "zsh: source <(badwire completion zsh), in ~/.zshrc, below compinit\n"
                    "fish: badwire completion fish > ~/.config/fish/completions/badwire.fish");
    command.does([shell] {
        write_raw(stdout, completion_script(*shell));
        return exit_passed;
    });
}

void add_man_command(command_line& badwire)
{
    auto folder = std::make_shared<std::string>();
    command_line& command = badwire.command("man", "Write the manual pages into a folder");
    command.hide();
    command.text("DIR", *folder, "Where to").required();
    command.does([&badwire, folder] { return write_manual(described(badwire), *folder); });
}

} // namespace badwire::harness
