"""Makes docs/images/terminal.svg: `stp get` with three sources, and below it `stp top` of the daemon that also takes part.

    STP_BINARY=… /usr/bin/python3 tests/terminal/picture.py FILE
"""

import os
import re
import subprocess
import sys
from xml.sax.saxutils import escape

from screen import STP, TerminalTest

COLUMNS = 104
GET_ROWS = 6
TOP_ROWS = 20
CELL_WIDTH = 8.4  # pixels, at a font of 14
LINE_HEIGHT = 19
MARGIN = 14
COLOURS = {"default": "#d8dee9", "black": "#3b4252", "red": "#e06c75", "green": "#98c379", "brown": "#e5c07b",
           "yellow": "#e5c07b", "blue": "#61afef", "magenta": "#c678dd", "cyan": "#56b6c2", "white": "#eceff4",
           "brightblack": "#7f8794"}
BACKGROUND = "#1e222a"
SHARED = ("lecture recordings", "thesis.pdf", "field notes", "maps of the north", "choir, spring concert.flac")


def runs(row, columns):
    """(column, text, style) of neighbours that look alike."""
    at = 0
    while at < columns:
        cell = row[at]
        style = (cell.fg, cell.bold, cell.reverse)
        end = at
        text = ""
        while end < columns and (row[end].fg, row[end].bold, row[end].reverse) == style:
            text += row[end].data
            end += 1
        yield at, text, style
        at = end


def draw(screen, top, out):
    for y in range(screen.lines):
        base = top + y * LINE_HEIGHT
        for at, text, (colour, bold, reverse) in runs(screen.buffer[y], screen.columns):
            fill = COLOURS.get(colour, "#" + colour)
            x = MARGIN + at * CELL_WIDTH
            if reverse:
                out.append(f'<rect x="{x:.1f}" y="{base - 14}" width="{len(text) * CELL_WIDTH:.1f}" '
                           f'height="{LINE_HEIGHT}" fill="{fill}"/>')
                fill = BACKGROUND
            if not text.strip():
                continue
            weight = ' font-weight="bold"' if bold else ""
            out.append(f'<text x="{x:.1f}" y="{base}" fill="{fill}"{weight} textLength="{len(text) * CELL_WIDTH:.1f}" '
                       f'xml:space="preserve">{escape(text)}</text>')


class Picture(TerminalTest):
    def start(self, *words):
        process = subprocess.Popen([STP, *words], cwd=self.home, env=self.environment, stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process.stdout.readline().strip()

    def stp(self, *words):
        subprocess.run([STP, *words], cwd=self.home, env=self.environment, stdout=subprocess.DEVNULL, check=True)

    def runTest(self):
        (self.home / "genomes, release 3.tar").write_bytes(os.urandom(160 << 20))
        links = [self.start("share", "genomes, release 3.tar", "--no-dht", "--listen", "127.0.0.1:0", "--up-limit", limit)
                 for limit in ("1.7MB/s", "1.1MB/s", "650kB/s")]
        peers = [word for link in links[1:] for word in ("--peer", link.rpartition("x.pe=")[2])]
        self.start("daemon", "--listen", "127.0.0.1:0", "--bootstrap", "none")
        for at, name in enumerate(SHARED):
            (self.home / name).write_bytes(os.urandom((at + 2) * 700_000))
            self.stp("share", "-b", name)
        self.stp("get", "-b", links[0], "-o", "Downloads", *peers)
        prompt = f"$ stp get '{links[0][:60]}…'"
        get = self.screen("/bin/sh", "-c", 'printf "%s\\n" "$PROMPT"; exec "$@"', "sh", STP, "get", links[0], "--no-dht", "-o",
                          "here", "--listen", "127.0.0.1:0", *peers, columns=COLUMNS, rows=GET_ROWS,
                          environment={"PROMPT": prompt})
        top = self.screen(STP, "top", columns=COLUMNS, rows=TOP_ROWS)
        self.assertSees(top, "genomes")
        top.type("\x1b[B" * len(SHARED))  # to the last row
        self.assertSees(get, lambda s: top.read_some(0) or re.search("4[0-9] %", s.text()))
        height = 2 * MARGIN + (GET_ROWS + TOP_ROWS) * LINE_HEIGHT
        width = 2 * MARGIN + COLUMNS * CELL_WIDTH
        out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}" '
               f'height="{height}" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14">',
               f'<rect width="100%" height="100%" rx="6" fill="{BACKGROUND}"/>']
        draw(get.screen, MARGIN + 12, out)
        draw(top.screen, MARGIN + 12 + GET_ROWS * LINE_HEIGHT, out)
        with open(FILE, "w", encoding="utf-8") as file:
            file.write("\n".join([*out, "</svg>", ""]))


if __name__ == "__main__":
    FILE = os.path.abspath(sys.argv.pop())
    import unittest
    unittest.main()
