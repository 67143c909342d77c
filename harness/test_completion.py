"""What a shell completes of badwire's command line: bash's own function, fish's own complete, zsh's widget."""

import shutil
import subprocess

import pytest

from conftest import BADWIRE

BASH = """
source <("$BADWIRE" completion bash)
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_badwire
printf '%s\\n' "${COMPREPLY[@]}"
"""
# _describe is told an array's name, whose elements are WORD:HELP.
ZSH = """
compdef() { : }
_describe() { for one in "${(@P)2}"; do print -r -- "${one%%:*}"; done }
_files() { print -r -- "_files $*" }
source <("$BADWIRE" completion zsh)
words=("$@"); CURRENT=$#
_badwire
"""


@pytest.fixture
def shell(tmp_path):
    (tmp_path / "mine.json").write_text("{}")
    (tmp_path / "notes.txt").write_text("")
    (tmp_path / "folder").mkdir()
    commands = tmp_path / "commands"
    commands.mkdir()
    (commands / "badwire").symlink_to(BADWIRE)
    env = {"BADWIRE": BADWIRE, "PATH": f"{commands}:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(tmp_path),
           "TERM": "dumb"}  # fmt: skip

    def ask(*command):
        ran = subprocess.run(command, cwd=tmp_path, env=env, text=True, capture_output=True, timeout=60, check=False)
        assert ran.stderr == ""
        return [line.split("\t")[0] for line in ran.stdout.splitlines() if line]

    return ask


@pytest.fixture
def bash(shell):
    return lambda *words: shell("bash", "--norc", "-c", BASH, "bash", "badwire", *words)


@pytest.mark.parametrize("words, completed", [
    (["ru"], ["run"]),
    (["list", "p"], ["presets", "programs"]),
    (["run", "--see"], ["--seed"]),
    (["run", "--network", "re"], ["relay"]),
    (["run", "--network", "relay,vi"], ["relay,virtual"]),
    (["run", "--network", "=", "vi"], ["virtual"]),          # as bash parts --network=vi
    (["run", "--network", "="], ["direct", "hosts", "relay", "virtual"]),
    (["run", "--seed", ""], []),                              # a number is nobody's to guess
    (["run", "--seed", "1", "--net"], ["--network"]),
    (["exec", "udp-ftp-s"], ["udp-ftp-server"]),
    (["exec", "udp-ftp-client", "--mode", "go"], ["go-back-n"]),
    (["exec", "udp-ftp-client", "a.bin", "--wi"], ["--wire", "--window"]),
    (["ctl", "cut", "--at"], ["--at"]),                       # an option of ctl, behind cut
    (["completion", ""], ["bash", "zsh", "fish"]),
    (["nonsense", ""], ["--help", "--version"]),
    (["--", "--se"], []),
])  # fmt: skip
def test_bash_completes_commands_options_and_their_values(bash, words, completed):
    assert sorted(bash(*words)) == sorted(completed)


@pytest.mark.parametrize("words, completed", [
    (["run", ""], ["commands", "folder", "mine.json"]),
    (["run", "mine.json", "m"], ["mine.json"]),
    (["run", "--out", ""], ["commands", "folder"]),
    (["relay", "--pcap", "n"], ["notes.txt"]),
    (["report", "fo"], ["folder"]),
])  # fmt: skip
def test_bash_completes_names_of_files_where_one_is_wanted(bash, words, completed):
    assert sorted(bash(*words)) == completed


def test_every_command_and_every_program_is_offered(bash):
    helped = subprocess.run([BADWIRE, "--help"], text=True, capture_output=True, check=True).stdout
    commands = {line.split()[0] for line in helped.split("Subcommands:\n")[1].splitlines()}
    assert set(bash("")) == commands and "man" not in commands
    listed = subprocess.run([BADWIRE, "list", "programs"], text=True, capture_output=True, check=True).stdout
    assert set(bash("exec", "")) == {line[6:].split()[0] for line in listed.splitlines()}


@pytest.mark.skipif(not shutil.which("fish"), reason="ci/install docs installs fish")
@pytest.mark.parametrize("typed, completed", [
    ("badwire ru", ["run"]),
    ("badwire exec udp-ftp-client --mode go", ["go-back-n"]),
    ("badwire run --network=re", ["--network=relay"]),
    ("badwire run m", ["mine.json"]),
])  # fmt: skip
def test_fish_completes(shell, typed, completed):
    assert shell("fish", "--no-config", "-c", f"badwire completion fish | source; complete -C '{typed}'") == completed


@pytest.mark.skipif(not shutil.which("zsh"), reason="ci/install docs installs zsh")
@pytest.mark.parametrize("words, completed", [
    (["ru"], ["run"]),
    (["exec", "udp-ftp-client", "--mode", "go"], ["go-back-n"]),
    (["run", "--network=re"], ["--network=relay"]),
    (["run", "m"], ["_files -g *.json"]),
])  # fmt: skip
def test_zsh_completes(shell, words, completed):
    assert shell("zsh", "-f", "-c", ZSH, "zsh", "badwire", *words) == completed
