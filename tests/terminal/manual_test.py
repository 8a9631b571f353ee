"""Manual pages: without a warning from mandoc and groff, and with every flag that `--help` lists."""

import re
import subprocess
import unittest

from completion_test import PROGRAMS, commands_of, flags_of, output


class Manual(unittest.TestCase):
    def check(self, page, flags):
        lint = subprocess.run(["mandoc", "-Tlint", "-Wstyle"], input=page, stdout=subprocess.PIPE, text=True, check=False)
        self.assertEqual(lint.stdout, "", page)
        groff = subprocess.run(["groff", "-man", "-ww", "-Tutf8", "-P-c"], input=page, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, check=True)
        self.assertEqual(groff.stderr, "", page)
        shown = re.sub(r".\x08", "", subprocess.run(["mandoc", "-Tascii"], input=page, stdout=subprocess.PIPE, text=True,
                                                    check=True).stdout)
        for flag in flags:
            self.assertRegex(shown, rf"(?m)^ +(-\w, )?{flag}(?![a-z-])")
        return shown

    def test_pages_of_commands(self):
        for name, binary in PROGRAMS.items():
            for command in commands_of(binary):
                with self.subTest(page=f"{name}-{command}"):
                    shown = self.check(output(binary, "man", command), flags_of(binary, command))
                    self.assertIn(f"{name}-{command} - ", shown)
                    self.assertIn(f"  {name} {command}", shown.split("EXAMPLES")[1])

    def test_pages_of_programs(self):
        for name, binary in PROGRAMS.items():
            with self.subTest(page=name):
                shown = self.check(output(binary, "man"), ["--help", "--version"])
                for command in commands_of(binary):
                    self.assertRegex(shown, rf"(?m)^       {command}\b")
                    self.assertIn(f"{name}-{command}(1)", shown.split("SEE ALSO")[1])

    def test_unknown_commands_are_refused(self):
        result = subprocess.run([PROGRAMS["stp"], "man", "nonsense"], stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(result.returncode, 2)
        self.assertIn("stp man COMMAND", result.stderr)


if __name__ == "__main__":
    unittest.main()
