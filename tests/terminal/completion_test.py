"""Completions, by the real shells: each offers what `--help` lists, which is generated elsewhere."""

import re
import subprocess
import unittest
from pathlib import Path

from screen import STP, STP_SIM, TerminalTest

PROGRAMS = {"stp": STP} | ({"stp-sim": STP_SIM} if STP_SIM else {})


def output(*arguments):
    return subprocess.run(arguments, check=True, stdout=subprocess.PIPE, text=True).stdout


def commands_of(binary):
    return output(binary, "man", "--list").split()


def flags_of(binary, command):
    return re.findall(r"^  (?:-\w, |    )(--[a-z0-9-]+)", output(binary, command, "--help"), re.MULTILINE)


class Completion(TerminalTest):
    def setUp(self):
        super().setUp()
        (self.home / "holiday film.mkv").write_text("x")
        (self.home / "holiday-folder").mkdir()
        for name, binary in PROGRAMS.items():
            for shell in ("bash", "zsh", "fish"):
                (self.home / f"{name}.{shell}").write_text(output(binary, "completion", shell))

    def test_the_list_of_commands_is_that_of_the_help(self):
        for name, binary in PROGRAMS.items():
            listed = re.findall(r"^  ([a-z]+)\b", output(binary, "--help").split("Commands:")[1].split("\n\n")[0], re.MULTILINE)
            self.assertEqual(commands_of(binary), listed, name)

    def test_other_shells_are_refused(self):
        for words in (["tcsh"], [], ["bash", "zsh"]):
            result = subprocess.run([STP, "completion", *words], stderr=subprocess.PIPE, text=True, check=False)
            self.assertEqual(result.returncode, 2)
            self.assertIn("`stp completion bash`, zsh or fish", result.stderr)

    # fish says what it would offer.

    def fish(self, program, line):
        script = f"source {self.home}/{program}.fish; complete -C {line!r}"
        result = subprocess.run(["fish", "--no-config", "-c", script], cwd=self.home, env=self.environment, check=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(result.stderr, "")
        return [row.split("\t")[0] for row in result.stdout.splitlines()]

    def test_fish(self):
        for name, binary in PROGRAMS.items():
            self.assertEqual(sorted(self.fish(name, f"{name} ")), sorted(commands_of(binary)))
            lines = [f"{name} {command} --" for command in commands_of(binary)]
            for command, line in zip(commands_of(binary), lines):
                self.assertEqual(sorted(self.fish(name, line)), sorted(set(flags_of(binary, command)) - {"--version"}), line)
        self.assertEqual(sorted(self.fish("stp", "stp find --sort ")), ["age", "name", "seeds", "size"])
        self.assertEqual(self.fish("stp", "stp find --sort=se"), ["--sort=seeds"])
        self.assertIn("holiday film.mkv", self.fish("stp", "stp share holi"))
        self.assertEqual(self.fish("stp", "stp get x -o holi"), ["holiday-folder/"])
        self.assertEqual(self.fish("stp", "stp find holi"), [])
        self.assertEqual(sorted(self.fish("stp", "stp completion ")), ["bash", "fish", "zsh"])
        if STP_SIM:
            self.assertIn("flash-crowd", self.fish("stp-sim", "stp-sim run fl"))

    def test_numbers_of_the_daemons_shares(self):
        for command in ("pause", "resume", "remove"):
            self.assertEqual(self.fish("stp", f"stp {command} "), [], "no daemon runs, and none is started")
        daemon = subprocess.Popen([STP, "daemon", "--no-dht", "--listen", "127.0.0.1:0"], cwd=self.home,
                                  env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(daemon.stdout.close)
        self.addCleanup(daemon.wait)
        self.addCleanup(daemon.kill)
        self.assertIn("daemon.sock", daemon.stdout.readline())
        (self.home / "second").write_text("y")
        for name in ("holiday film.mkv", "second"):
            subprocess.run([STP, "share", "-b", name], cwd=self.home, env=self.environment, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, check=True)
        for command in ("pause", "resume", "remove"):
            self.assertEqual(self.fish("stp", f"stp {command} "), ["1", "2"])
        for shell in ("bash", "zsh"):
            screen = self.shell(shell)
            for command in ("pause", "resume", "remove"):
                self.line(screen, f"stp {command} \t", self.words("1", "2"))
            self.line(screen, "stp share \t", lambda s: "holiday" in s.text() and not {"1", "2"} & set(s.text().split()))

    # bash and zsh are asked as a person would: with the key.

    def shell(self, shell):
        if shell == "bash":
            start = ("bind 'set show-all-if-ambiguous on'; bind 'set completion-query-items 0'; "
                     "bind 'set page-completions off'; bind 'set bell-style none'; bind 'set enable-bracketed-paste off'; ")
            words = ["bash", "--norc", "--noprofile", "-i"]
        else:
            start = ("autoload -U compinit; compinit -u -D; LISTMAX=1000; unsetopt BEEP AUTO_REMOVE_SLASH; "
                     "zle_bracketed_paste=(); ")
            words = ["zsh", "-f", "-i"]
        screen = self.screen(*words, columns=200, rows=60, environment={"PS1": "$ ", "INPUTRC": "/dev/null"})
        sources = "".join(f"source {self.home}/{name}.{shell}; " for name in PROGRAMS)
        screen.type(start + sources + "clear; echo rea''dy\n")
        self.assertSees(screen, lambda s: s.lines()[0] == "ready")
        return screen

    def line(self, screen, typed, shown):
        """Types `typed`, waits for `shown`, and clears the screen."""
        screen.type(typed)
        self.assertSees(screen, shown)
        screen.type("\x15")  # kills the line
        screen.type("\x0c")  # clears
        self.assertSees(screen, lambda s: s.lines()[0] == "$" and not any(s.lines()[1:]))

    def words(self, *expected):
        return lambda screen: set(expected) <= set(screen.text().split())

    def check(self, shell):
        screen = self.shell(shell)
        for name, binary in PROGRAMS.items():
            self.line(screen, f"{name} \t", self.words(*commands_of(binary)))
            for command in commands_of(binary):
                expected = set(flags_of(binary, command)) - {"--version"}
                self.line(screen, f"{name} {command} --\t",
                          lambda s, expected=expected: expected <= set(re.findall(r"--[a-z0-9-]+", s.text())))
        self.line(screen, "stp get --rep\t", lambda s: s.lines()[0] == "$ stp get --repair")
        self.line(screen, "stp find --sort \t", self.words("seeds", "name", "size", "age"))
        self.line(screen, "stp find --sort=se\t", lambda s: s.lines()[0] == "$ stp find --sort=seeds")
        self.line(screen, "stp share holiday\\ \t", lambda s: s.lines()[0] == r"$ stp share holiday\ film.mkv")
        self.line(screen, "stp get x -o holi\t", lambda s: s.lines()[0] == "$ stp get x -o holiday-folder/")
        if STP_SIM:
            self.line(screen, "stp-sim run flash-c\t", lambda s: s.lines()[0] == "$ stp-sim run flash-crowd")

    def test_bash(self):
        self.check("bash")

    def test_zsh(self):
        self.check("zsh")


if __name__ == "__main__":
    unittest.main()
