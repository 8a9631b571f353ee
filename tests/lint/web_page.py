"""web_page.py ROOT: web/dist, which is committed and embedded, was built from the present web/src.

Needs no node: `./dev web` leaves a digest of the sources in web/dist/SOURCES (web/sources.mjs), which is computed again
here. `web_page.py --self-test` proves that a changed, added or removed source is noticed.
"""

import hashlib
import shutil
import sys
import tempfile
from pathlib import Path


def sources_digest(web: Path) -> str:
    names = ["package-lock.json"] + [f.relative_to(web).as_posix() for f in (web / "src").rglob("*") if f.is_file()]
    lines = [f"{name} {hashlib.sha256((web / name).read_bytes()).hexdigest()}\n" for name in sorted(names)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def findings(root: Path) -> "list[str]":
    web = root / "web"
    found = []
    if (web / "dist/SOURCES").read_text().strip() != sources_digest(web):
        found.append("web/dist was built from other sources; run ./dev web")
    for lock in ("web/package-lock.json", "tests/web/package-lock.json"):
        if '"resolved"' in (root / lock).read_text():
            found.append(f"{lock} names a registry; see .npmrc beside it")
    return found


def self_test(root: Path) -> "list[str]":
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        for change in ("none", "changed", "added", "removed", "lock"):
            tree = Path(folder) / change
            for part in ("web/src", "web/dist"):
                shutil.copytree(root / part, tree / part)
            (tree / "tests/web").mkdir(parents=True)
            for lock in ("web/package-lock.json", "tests/web/package-lock.json"):
                shutil.copy(root / lock, tree / lock)
            source = tree / "web/src/dom.ts"
            if change == "changed":
                source.write_text(source.read_text() + "\n")
            elif change == "added":
                (source.parent / "new.ts").write_text("")
            elif change == "removed":
                source.unlink()
            elif change == "lock":
                (tree / "tests/web/package-lock.json").write_text('{"resolved": "x"}')
            if bool(findings(tree)) != (change != "none"):
                failures.append(f"{change}: {findings(tree)}")
    return failures


def main() -> int:
    arguments = sys.argv[1:]
    root = Path(__file__).resolve().parents[2]
    found = self_test(root) if arguments == ["--self-test"] else findings(Path(arguments[0]) if arguments else root)
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
