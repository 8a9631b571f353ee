"""The progress of get on terminals of several widths, while a slow seed serves it."""

import re
import subprocess
import unittest

from screen import STP, TerminalTest

BAR = re.compile("[━╸─]{8,}")


class Progress(TerminalTest):
    def setUp(self):
        super().setUp()
        seed = self.home / "seed"
        seed.mkdir()
        (seed / "film.mkv").write_bytes(bytes(range(256)) * 4 * 4000)  # 4 MB
        self.seed = subprocess.Popen([STP, "share", "film.mkv", "--no-dht", "--listen", "127.0.0.1:0", "--up-limit", "300kB/s", "-q"],
                                     cwd=seed, env=self.environment, stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.stop)
        self.link = self.seed.stdout.readline().strip()

    def stop(self):
        self.seed.kill()
        self.seed.wait()
        self.seed.stdout.close()

    def get(self, columns, **environment):
        return self.screen(STP, "get", self.link, "-o", f"files{columns}", "--no-dht", "--listen", "127.0.0.1:0", columns=columns,
                           environment=environment)

    def moving(self, screen):
        """The line once data flows."""
        self.assertSees(screen, lambda s: re.search(r"[kM]B/s  ETA", s.text()))
        return next(line for line in screen.lines() if "ETA" in line)

    def test_eighty_columns(self):
        screen = self.get(80)
        line = self.moving(screen)
        self.assertRegex(line, r"^film\.mkv  [━╸─]{8,}  \d+ %  \S+ [kM]?B of 4\.10 MB  \S+ [kM]B/s  ETA \S+  1 peer$")
        y = screen.lines().index(line)
        bar = BAR.search(line)
        colours = [screen.screen.buffer[y][x].fg for x in range(bar.start(), bar.end())
                   if screen.screen.buffer[y][x].data in "━╸"]
        self.assertEqual(set(colours) - {"green"}, set())

    def test_forty_columns(self):
        line = self.moving(self.get(40))
        self.assertIsNone(BAR.search(line))
        self.assertRegex(line, r"\d+ %  \S+ [kM]B/s  ETA \S+")

    def test_two_hundred_columns_have_a_map(self):
        screen = self.get(200)
        self.assertSees(screen, lambda s: re.search("^[█▁▂▃▄▅▆▇·]{100,200}$", s.text(), re.MULTILINE) and "█" in s.text())
        self.assertRegex(self.moving(screen), r"^film\.mkv  [━╸─]{40}  \d+ %")

    def test_resizing_is_followed(self):
        screen = self.get(200)
        self.moving(screen)
        screen.resize(40, 24)
        self.assertSees(screen, lambda s: any(re.search(r"^film\S* +\d+ %  \S+ [kM]B/s  ETA \S+$", line) for line in s.lines()))
        screen.resize(80, 24)
        self.assertSees(screen, lambda s: any(re.search(r"^film\.mkv  [━╸─]{8,}  \d+ %.* 1 peer$", line) for line in s.lines()))

    def test_without_colours_there_are_lines(self):
        for environment in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
            screen = self.get(80, **environment)
            self.assertSees(screen, "% ")
            self.assertNotIn(b"\x1b", screen.raw)
            self.assertIsNone(BAR.search(screen.text()))
            screen.type("\x03")
            self.assertTrue(screen.wait_for_end())

    def test_what_waits_is_yellow(self):
        link = re.sub(r"btih:[^&]*&xt=urn:", "", re.sub(r"x\.pe=[^&]*", "x.pe=127.0.0.1:9", self.link))
        self.seed.kill()
        screen = self.screen(STP, "get", link, "-o", "nowhere", "--no-dht", "--listen", "127.0.0.1:0")
        self.assertSees(screen, "waiting: ")
        y = next(i for i, line in enumerate(screen.lines()) if "waiting: " in line)
        x = screen.lines()[y].index("waiting")
        self.assertEqual(screen.screen.buffer[y][x].fg, "brown")  # pyte's name of ANSI colour 3


if __name__ == "__main__":
    unittest.main()
