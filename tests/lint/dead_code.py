#!/usr/bin/env python3
"""Finds functions and constants of src/ and sim/ that nothing but tests uses, or nothing at all.

    dead_code.py ROOT          prints path:line: name: reason, exits 1 when anything is reported
    dead_code.py --self-test   proves that it reports what is dead and nothing else

It knows names, not types: a name counts as used when the programs (src/, sim/, bench/) use it anywhere, whichever class
it belongs to. So it misses a dead function that shares its name with a living one, and never blames a living one.
"""

import re
import sys
import tempfile
from pathlib import Path
from typing import Dict, Iterator, List, NamedTuple

# What only tests and fuzzers use, and is there for them. Each with its reason.
MEANT_FOR_TESTS = {
    "check_invariants": "states what holds between any two calls",
    "leech_figures": "docs/simulator-figures.md is compared with it",
    "share_figures": "docs/simulator-figures.md is compared with it",
    "run_figures": "docs/simulator-figures.md is compared with it",
    "name_reference": "docs/simulator-scenario.md is compared with it",
    "preset_reference": "docs/simulator-scenario.md is compared with it",
    "mundinger_makespan": "theory that the simulator is held against",
    "qiu_srikant_rest": "theory that the simulator is held against",
    "expected_hops": "theory that the simulator is held against",
}

# Comments, and literals (their text is no use; a name in a macro's argument is).
BLANKED = re.compile(r'R"(?P<d>[^(\s]*)\(.*?\)(?P=d)"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\''
                     r'|//[^\n]*|/\*.*?\*/', re.S)
NAME = re.compile(r"(?<![A-Za-z0-9_])([a-z][a-z0-9]*(?:_[a-z0-9]+)*|k[A-Z][A-Za-z0-9]*)(?![A-Za-z0-9_])")
# The definition of a function at the left margin, with its body.
BODY = re.compile(r"^[A-Za-z[][^\n;{}=]*?(\w+)\((?:[^;{}\n]|\{\}|\n )*\{\n.*?^\}", re.M | re.S)
# Words before a call that are no type.
STATEMENTS = {"return", "co_return", "co_await", "co_yield", "throw", "else", "do", "case", "goto", "and", "or", "not",
              "new", "delete", "sizeof", "operator"}


class Dead(NamedTuple):
    path: str
    line: int
    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.name}: {self.reason}"


def code_only(text: str) -> str:
    return BLANKED.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def is_declared_at(code: str, start: int, end: int) -> bool:
    """Whether the name at code[start:end] is declared or defined there, and not used."""
    line_start = code.rfind("\n", 0, start) + 1
    before = code[line_start:start]
    after = code[end:end + 40].lstrip()
    name = code[start:end]
    if name.startswith("k"):
        return bool(re.search(r"\bconstexpr\b[^=;{(]*$", before)) and after[:1] in ("=", "{", "(", "[", ";")
    if not after.startswith("("):
        return False
    if before.endswith("::"):  # Class::name( defines at the left margin, where statements never are
        return not before[0].isspace()
    if not before or not before.strip():  # a statement, or the second line of a declaration
        previous = code[:line_start].rstrip()
        return previous.endswith((">", "]]")) or re.search(r"[\w>]\s*[&*]?$", previous[-20:]) is not None and not (
            previous.endswith((")", ";", "{", "}", ",", ":")) or previous.split()[-1] in STATEMENTS)
    if not before[-1].isspace():
        return False  # after an operator: x.name(, (name(, *name(
    word = before.split()[-1]
    if word in STATEMENTS:
        return False
    return re.search(r"[\w>\]][&*]?$|[\w>]\s[&*]$", before.rstrip()) is not None and (
        re.search(r"(^|[\s(<:~*&\]])[\w:]+(<.*>)?[&*]*$", before.rstrip()) is not None)


def is_override(code: str, end: int) -> bool:
    """Whether the declaration that goes on at `end` overrides a function of a base class."""
    stop = re.search(r"[;{]", code[end:])
    return stop is not None and re.search(r"\boverride\b", code[end:end + stop.start()]) is not None


def find_dead(files: Dict[str, str]) -> List[Dead]:
    """`files`: path -> text of everything below src/, sim/ and bench/."""
    declared: Dict[str, Dead] = {}
    used = set()
    for path, text in sorted(files.items()):
        code = code_only(text)
        bodies = [(m.start(), m.end(), m.group(1)) for m in BODY.finditer(code)]
        for match in NAME.finditer(code):
            name, start, end = match.group(1), match.start(1), match.end(1)
            if is_declared_at(code, start, end):
                # An override is called through its base class, which has to declare it.
                known_elsewhere = is_override(code, end) or not path.startswith(("src/", "sim/"))
                if path.endswith(".h") and not known_elsewhere:
                    line = code.count("\n", 0, start) + 1
                    declared.setdefault(name, Dead(path, line, name, "nothing but tests uses it, if anything does"))
            elif not any(begin < start < stop and inside == name for begin, stop, inside in bodies):
                used.add(name)  # and not only by itself, or by those that hand the call on
    return sorted(d for name, d in declared.items() if name not in used and name not in MEANT_FOR_TESTS)


def sources(root: Path) -> Iterator[Path]:
    for folder in ("src", "sim", "bench"):
        yield from (p for p in (root / folder).rglob("*") if p.suffix in (".h", ".cpp"))


def self_test() -> int:
    header = """
/// name_in_comment() is no use.
class Thing {
 public:
  [[nodiscard]] bool living() const;
  [[nodiscard]] std::optional<int> dead_one(int n);
  const std::string& dead_two() const { return text_; }
  void called_inside();
  void used_as_pointer();
  virtual void seam() = 0;
  virtual bool dead_seam() const = 0;
  [[nodiscard]] std::map<int, std::vector<std::string>>
  dead_three(int n);
};
class Part : public Thing { bool dead_seam() const override; void seam() override; void overridden_only() override; };
inline constexpr int kLiving = 3;
inline constexpr std::size_t kDead = 4;
"""
    source = """
bool Thing::living() const {
  const int n = kLiving;
  called_inside();
  return n > 0;
}
std::optional<int> Thing::dead_one(int n) { return n; }
void Thing::called_inside() { visit(&Thing::used_as_pointer); const char* s = "dead_two()"; }
void Thing::used_as_pointer() {}
bool Part::dead_seam() const {
  return part_->dead_seam();
}
int main() { return thing.living() ? 1 : base->seam(); }
"""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "src/dht").mkdir(parents=True)
        (root / "src/dht/thing.h").write_text(header, encoding="utf-8")
        (root / "src/dht/thing.cpp").write_text(source, encoding="utf-8")
        (root / "tests").mkdir()
        (root / "tests/thing_test.cpp").write_text("int x = thing.dead_one(kDead);\n", encoding="utf-8")
        found = {dead.name for dead in check_tree(root)}
    expected = {"dead_one", "dead_two", "dead_three", "dead_seam", "kDead"}
    for name in sorted(found ^ expected):
        print(f"dead-code self-test: {name} is {'not ' if name in expected else ''}reported")
    print(f"dead-code self-test: {'passed' if found == expected else 'failed'}")
    return 0 if found == expected else 1


def check_tree(root: Path) -> List[Dead]:
    return find_dead({str(p.relative_to(root)): p.read_text(encoding="utf-8") for p in sources(root)})


def main() -> int:
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    root = Path(sys.argv[1])
    found = check_tree(root)
    for dead in found:
        print(dead)
    count = sum(1 for _ in sources(root))
    print(f"dead code: {count} files, {len(found)} findings")
    return 1 if found or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
