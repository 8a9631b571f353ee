"""cmake --install puts manual pages and completions where man and the shells look for them, and pages with their pictures."""

import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

from completion_test import PROGRAMS, commands_of, output


class Install(unittest.TestCase):
    def test_everything_is_in_its_place(self):
        with tempfile.TemporaryDirectory(prefix="stp-install-") as prefix:
            subprocess.run([os.environ["STP_CMAKE"], "--install", os.environ["STP_BUILD_DIRECTORY"], "--prefix", prefix],
                           stdout=subprocess.DEVNULL, check=True)
            share = Path(prefix) / "share"
            for name, binary in PROGRAMS.items():
                self.assertTrue((Path(prefix) / "bin" / name).exists())
                pages = {f"{name}.1"} | {f"{name}-{command}.1" for command in commands_of(binary)}
                self.assertEqual({page.name for page in (share / "man/man1").glob(f"{name}[.-]*")
                                  if name != "stp" or not page.name.startswith("stp-sim")}, pages)
                self.assertEqual((share / f"man/man1/{name}.1").read_text(), output(binary, "man"))
                for shell, place in (("bash", f"bash-completion/completions/{name}"), ("zsh", f"zsh/site-functions/_{name}"),
                                     ("fish", f"fish/vendor_completions.d/{name}.fish")):
                    self.assertEqual((share / place).read_text(), output(binary, "completion", shell))
            pictures = [(page, picture) for page in (share / "doc").rglob("*.md")
                        for picture in re.findall(r"!\[[^]]*\]\(([^)]+)\)", page.read_text())]
            self.assertEqual(len(pictures) > 5, "STP_INSTALLS_PAGES" in os.environ)
            for page, picture in pictures:
                self.assertTrue((page.parent / picture).exists(), f"{page.relative_to(prefix)} shows {picture}")


if __name__ == "__main__":
    unittest.main()
