"""share --qr and --copy: the drawing is read by a reader of QR codes, the clipboard's sequence taken apart."""

import base64
import re
import subprocess
import unittest

from screen import STP, TerminalTest

SHARE = ["share", "film.mkv", "--no-dht", "--listen", "127.0.0.1:0"]
SCALE = 4


def image_of(rows):
    """A picture (PGM) of rows of modules, True is dark."""
    lines = []
    for row in rows:
        line = b"".join((b"\x00" if dark else b"\xff") * SCALE for dark in row)
        lines += [line] * SCALE
    return b"P5 %d %d 255\n" % (len(lines[0]), len(lines)) + b"".join(lines)


def halves(character):
    """Whether the upper and the lower half are filled."""
    return character in "█▀", character in "█▄"


class Link(TerminalTest):
    def setUp(self):
        super().setUp()
        (self.home / "film.mkv").write_bytes(b"film" * 10000)

    def share(self, *flags, **options):
        screen = self.screen(STP, *SHARE, *flags, **options)
        self.assertSees(screen, "stp: reachable")
        return screen

    def link_on(self, screen):
        return re.search(rb"^(magnet:\S+|stp:\S+)\r?$", screen.raw, re.MULTILINE).group(1).decode()

    def decoded(self, rows):
        picture = self.home / "code.pgm"
        picture.write_bytes(image_of(rows))
        return subprocess.run(["zbarimg", "--nodbus", "--quiet", "--raw", str(picture)], stdout=subprocess.PIPE, check=True).stdout.decode().strip()

    def test_a_reader_gets_the_link_from_the_screen(self):
        for flags in ([], ["--private"]):
            screen = self.share("--qr", *flags, columns=80, rows=60)
            rows = []
            for y in range(screen.screen.lines):
                upper, lower = [], []
                for x in range(screen.screen.columns):
                    cell = screen.screen.buffer[y][x]
                    if cell.bg != "ffffff":
                        continue
                    self.assertEqual(cell.fg, "000000")
                    top, bottom = halves(cell.data)
                    upper.append(top)
                    lower.append(bottom)
                if upper:
                    rows += [upper, lower]
            self.assertEqual(self.decoded(rows), self.link_on(screen))

    def test_without_colours_light_modules_are_drawn(self):
        screen = self.share("--qr", columns=80, rows=60, environment={"NO_COLOR": "1"})
        self.assertNotIn(b"\x1b", screen.raw)
        drawn = [line for line in screen.lines() if line.startswith("████")]
        width = max(map(len, drawn))
        rows = []
        for line in drawn:
            both = [halves(character) for character in line.ljust(width)]
            rows += [[not top for top, _ in both], [not bottom for _, bottom in both]]
        self.assertEqual(self.decoded(rows), self.link_on(screen))

    def test_what_does_not_fit_is_said(self):
        screen = self.share("--qr", columns=40)
        self.assertRegex(screen.text().replace("\n", ""), r"no QR code: the QR code is \d+ columns wide, and there are 40")

    def test_stdout_has_the_link_alone(self):
        with subprocess.Popen([STP, *SHARE, "--qr", "--copy"], cwd=self.home, env=self.environment,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            said = ""
            for said_line in process.stderr:
                said += said_line
                if said_line.startswith("stp: reachable"):
                    break
            process.terminate()
            out, _ = process.communicate()
        self.assertRegex(out, r"\Amagnet:\S+\n\Z")
        self.assertIn("█▀▀▀▀▀█", said.replace(" ▄▄▄▄▄ ", "█▀▀▀▀▀█"))
        self.assertNotIn("\x1b", said)
        self.assertIn("not copied: neither stdout nor stderr is a terminal", said)

    def clipboard(self, raw):
        found = re.findall(rb"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07", raw)
        return [base64.b64decode(text).decode() for text in found]

    def test_copy_sends_the_link_to_the_terminal(self):
        screen = self.share("--copy")
        self.assertEqual(self.clipboard(screen.raw), [self.link_on(screen)])
        self.assertIn("the link is in the clipboard, if the terminal allows that", screen.text())

    def test_copy_goes_through_tmux(self):
        screen = self.share("--copy", environment={"TMUX": "/tmp/tmux-0/default,1,0"})
        inside = re.search(rb"\x1bPtmux;(.*?)\x1b\\", screen.raw, re.DOTALL).group(1)
        self.assertEqual(self.clipboard(inside.replace(b"\x1b\x1b", b"\x1b")), [self.link_on(screen)])

    def test_no_copy_to_a_dumb_terminal(self):
        screen = self.share("--copy", environment={"TERM": "dumb"})
        self.assertNotIn(b"\x1b", screen.raw)
        self.assertIn("not copied", screen.text())

    def test_without_the_flags_nothing_of_it(self):
        screen = self.share()
        self.assertNotIn(b"\x1b]52", screen.raw)
        self.assertNotIn("▀", screen.text())

    def test_many_links_are_refused(self):
        for flag in ("--qr", "--copy"):
            result = subprocess.run([STP, "share", "--each", str(self.home), flag], stderr=subprocess.PIPE, text=True, check=False,
                                    env=self.environment)
            self.assertEqual(result.returncode, 2)
            self.assertIn("--each makes many links; leave --qr and --copy out", result.stderr)


if __name__ == "__main__":
    unittest.main()
