"""stp top as a person sees it: with a daemon that holds shares, one of them downloading from a slow seed."""

import json
import re
import subprocess
import unittest

from screen import PATIENCE, STP, TerminalTest

NETWORK = ["--no-dht", "--listen", "127.0.0.1:0"]


class Top(TerminalTest):
    def setUp(self):
        super().setUp()
        self.daemon = self.start("daemon", *NETWORK)
        self.assertIn("daemon.sock", self.daemon.stdout.readline())

    def start(self, *words, **options):
        process = subprocess.Popen([STP, *words], cwd=self.home, env=self.environment, stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, text=True, **options)
        self.addCleanup(self.stop, process)
        return process

    def stop(self, process):
        process.kill()
        process.wait()
        process.stdout.close()

    def stp(self, *words):
        result = subprocess.run([STP, *words], cwd=self.home, env=self.environment, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, check=False, timeout=PATIENCE)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def share(self, name, size):
        (self.home / name).write_bytes(b"x" * size)
        self.stp("share", "-b", name)

    def listed(self):
        events = [json.loads(line) for line in self.stp("list", "--json").splitlines()]
        return [event for event in events if event["event"] == "share"]

    def top(self, columns=80, rows=24):
        screen = self.screen(STP, "top", columns=columns, rows=rows)
        self.assertSees(screen, "NAME")
        return screen

    def selected(self, screen):
        """The text of the inverted row."""
        for y in range(screen.screen.lines):
            if screen.screen.buffer[y][0].reverse:
                return screen.lines()[y]
        return ""

    def table(self, screen):
        """The first word of the names, in order."""
        lines = screen.lines()
        begin = next(i for i, line in enumerate(lines) if "NAME" in line) + 1
        rows = []
        for line in lines[begin:]:
            if not line:
                break
            rows.append(line.split()[-1])
        return rows

    def assertTable(self, screen, names):
        self.assertSees(screen, lambda s: self.table(s) == names)

    def test_shares_are_chosen_sorted_and_filtered(self):
        for name, size in (("Banana", 3000), ("apple", 1000), ("cherry", 2000)):
            self.share(name, size)
        screen = self.top()
        self.assertTable(screen, ["Banana", "apple", "cherry"])
        self.assertIn("3 shares, 0 moving", screen.lines()[0])
        self.assertIn("listening on 127.0.0.1:", screen.lines()[1])
        self.assertSees(screen, lambda s: "Banana" in self.selected(s))
        screen.type("\x1b[B")
        self.assertSees(screen, lambda s: "apple" in self.selected(s))
        screen.type("<")  # from the number round to the name
        self.assertTable(screen, ["apple", "Banana", "cherry"])
        self.assertIn("NAME↑", screen.text())
        self.assertIn("apple", self.selected(screen))
        screen.type("i")
        self.assertTable(screen, ["cherry", "Banana", "apple"])
        screen.type(">>>>")  # number, state, done, size: the largest first
        self.assertTable(screen, ["Banana", "cherry", "apple"])
        self.assertIn("SIZE↓", screen.text())
        screen.type("/AN")
        self.assertTable(screen, ["Banana"])
        screen.type("\x7f\x7fe\r")
        self.assertTable(screen, ["cherry", "apple"])
        self.assertIn('with "e"', screen.lines()[-1])
        screen.type("\x1b")
        self.assertTable(screen, ["Banana", "cherry", "apple"])
        screen.type("q")
        self.assertTrue(screen.wait_for_end())
        self.assertIn(b"\x1b[?1049l", screen.raw)

    def test_a_share_is_paused_resumed_and_removed_after_a_question(self):
        self.share("one", 1000)
        self.share("two", 1000)
        screen = self.top()
        self.assertTable(screen, ["one", "two"])
        screen.type("jp")
        self.assertSees(screen, lambda s: "paused" in self.selected(s) and "two" in self.selected(s))
        self.assertEqual([share["state"] for share in self.listed()], ["seeding", "paused"])
        screen.type("r")
        self.assertSees(screen, lambda s: "seeding" in self.selected(s))
        screen.type("x")
        self.assertSees(screen, "remove it? y: yes")
        screen.type("n")
        self.assertSees(screen, "nothing was removed")
        self.assertEqual(len(self.listed()), 2)
        screen.type("xy")
        self.assertTable(screen, ["one"])
        self.assertEqual([share["name"] for share in self.listed()], ["one"])
        self.assertTrue((self.home / "two").exists())

    def test_limits(self):
        screen = self.top()
        self.assertSees(screen, "limits: down none, up none")
        screen.type("l5MB/s\r")
        self.assertSees(screen, "download limit")
        screen.type("\r")
        self.assertSees(screen, "limits: down none, up 5.00 MB/s")
        screen.type("lnonsense\r")
        self.assertSees(screen, "'nonsense' is not a rate")
        self.assertIn("up 5.00 MB/s", screen.text())

    def test_details_of_a_download_at_several_widths(self):
        seed = self.home / "seed"
        seed.mkdir()
        (seed / "film").write_bytes(bytes(range(256)) * 4 * 4000)
        shared = self.start("share", "seed/film", *NETWORK, "--up-limit", "200kB/s", "-q")
        self.stp("get", "-b", shared.stdout.readline().strip(), "-o", "files")
        screen = self.top(200, 50)
        self.assertSees(screen, lambda s: re.search(r"downloading +\d+ % +4\.10 MB +\S+ kB/s +- +1 ", self.selected(s)))
        self.assertSees(screen, lambda s: re.search(
            r"^127\.0\.0\.1:\d+ +100 % +\S+ kB/s +- +yes, \d+ +\w+ +\w+ +stp v2 encrypted +stp/", s.text(), re.MULTILINE))
        self.assertRegex(screen.text(), r"(?m)^[█▁▂▃▄▅▆▇·]{100,}$")
        self.assertRegex(screen.text(), r"downloading  \S+ [kM]?B of 4\.10 MB  ETA \S+")
        for columns, what in ((80, r"127\.0\.0\.1:\d+ +100 % +\S+ kB/s"), (40, r"downloading +\d+ % +film")):
            screen.resize(columns, 24)
            self.assertSees(screen, lambda s, what=what: re.search(what, s.text()))
            self.assertIn("film", self.selected(screen))
        screen.type("\r")
        self.assertSees(screen, lambda s: re.search(r"^film$", s.text(), re.MULTILINE) and len(self.table(s)) == 1)

    def test_the_paths_of_a_folder(self):
        folder = self.home / "folder"
        folder.mkdir()
        for name in ("first", "second"):
            (folder / name).write_text(name)
        self.stp("share", "-b", "--each", "folder")
        screen = self.top()
        self.assertSees(screen, "folder/ (2")
        self.assertSees(screen, lambda s: re.search(r"^ +5 B  first$", s.text(), re.MULTILINE)
                        and re.search(r"^ +6 B  second$", s.text(), re.MULTILINE))

    def test_more_rows_than_fit_scroll(self):
        for number in range(60):
            self.share(f"file{number:02}", 100 + number)
        screen = self.top(80, 24)
        self.assertSees(screen, "60 shares")
        screen.type("\x1b[F")
        self.assertSees(screen, lambda s: "file59" in self.selected(s))
        self.assertNotIn("file00", screen.text())
        screen.type("\x1b[H")
        self.assertSees(screen, lambda s: "file00" in self.selected(s))
        screen.type("\x1b[6~")
        self.assertSees(screen, lambda s: re.search("file1[0-9]", self.selected(s)))

    def test_help(self):
        screen = self.top()
        screen.type("?")
        self.assertSees(screen, "pause, resume")
        screen.type(" ")
        self.assertSees(screen, lambda s: "NAME" in s.text())

    def test_nothing_is_written_while_nothing_changes(self):
        self.share("one", 1000)
        screen = self.top()
        self.assertTable(screen, ["one"])
        self.assertSees(screen, "GIVES")
        written = len(screen.raw)
        screen.read_some(3)  # a sooner end would be something to read
        self.assertEqual(screen.raw[written:], b"")

    def test_the_end_of_the_daemon_is_said(self):
        screen = self.top()
        self.daemon.terminate()
        self.assertTrue(screen.wait_for_end())
        self.assertIn(b"\x1b[?1049l", screen.raw)
        self.assertIn("stp: ", screen.text())


if __name__ == "__main__":
    unittest.main()
