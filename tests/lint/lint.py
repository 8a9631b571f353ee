#!/usr/bin/env python3
"""Enforces the rules that keep the architecture true: layers, banned includes, banned calls, the shape of files.

    lint.py ROOT          checks the tree; prints path:line: rule: reason, exits 1 when anything is reported
    lint.py --self-test   proves that every rule reports what it forbids and nothing else

The rules are the tables below; the functions under them only apply them. Comments and string literals are blanked
before calls are looked for, so that prose may mention what code may not do.
"""

import fnmatch
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Iterator, NamedTuple, Optional

# ---------------------------------------------------------------------------------------------------- the tables

# Who may include whom: a module may include any module of a lower layer, never a sibling.
LAYERS = [
    {"core"},
    {"crypto", "bencode", "http"},
    {"discovery", "content", "wire", "web", "metrics"},
    {"dht", "lan", "portmap", "folder", "tracker", "transfer", "webseed"},
    {"app"},
    {"net", "console"},
    {"daemon"},
    {"cli"},
]
# The simulator stands beside the command line, but drives only what has no I/O.
SIM_MAY_INCLUDE = set().union(*LAYERS[:5])
# Its program takes its arguments and talks to people as `stp` does.
SIM_CLI_MAY_INCLUDE = SIM_MAY_INCLUDE | {"console"}
# The simulator's own folders, in the same way.
SIM_LAYERS = [
    {"engine"},
    {"scenario"},
    {"network", "theory"},
    {"measure"},
    {"world", "report"},
    {"runner"},
    {"cli"},
]
# Of these pairs only the named headers may be used: (from, to) -> headers.
NARROWED = {("transfer", "wire"): {"wire/message.h"}}

# Folders (below src/, or sim) whose code is driven: bytes, `now` and an Rng come in, nothing else.
CORES = {"core", "bencode", "http", "discovery", "wire", "dht", "lan", "portmap", "folder", "transfer", "tracker", "web", "webseed", "metrics", "app", "sim"}
# The parts of them that are hosts all the same: the simulator's runner reads scenarios, writes results and runs sweeps in
# parallel. And what hosts of several layers share.
NOT_CORE = re.compile(r"sim/(runner|cli|main)|src/core/quiet_thread\.h")


class Ban(NamedTuple):
    """`pattern` must not occur in files whose path matches `where`, unless the path matches `unless`."""

    rule: str
    pattern: str
    reason: str
    where: str = r"(src|sim|tests|bench)/"
    unless: str = r"$^"


CORE_FILES = rf"(src/({'|'.join(sorted(CORES - {'sim'}))})|sim)/"

# Matched against the name in #include <name> or "name".
BANNED_INCLUDES = [
    Ban("msgpack", r"msgpack", "only src/wire knows msgpack", r"(src|sim)/", r"src/wire/"),
    Ban("sodium", r"sodium", "only src/crypto knows libsodium", r"(src|sim)/", r"src/crypto/"),
    Ban("openssl", r"openssl/", "only src/crypto knows libcrypto", r"(src|sim)/", r"src/crypto/"),
    Ban("asio", r"boost/(asio|beast)", "only src/net knows Asio and Beast", r"(src|sim)/", r"src/net/"),
    Ban("curl", r"^curl/", "only src/net knows libcurl", r"(src|sim)/", r"src/net/"),
    Ban("router", r"^(miniupnpc/|natpmp)", "only src/net knows libminiupnpc and libnatpmp", r"(src|sim)/", r"src/net/"),
    Ban("qrencode", r"^qrencode", "only src/console/qr_code.cpp knows libqrencode", r"(src|sim)/",
        r"src/console/qr_code\.cpp"),
    Ban("spdlog", r"^(spdlog|fmt)/", "only src/net/log.cpp knows spdlog", r"(src|sim)/", r"src/net/log\.cpp"),
    Ban("core-random", r"random$", "a core takes its randomness from an Rng&", CORE_FILES),
    Ban("core-thread", r"(thread|mutex|shared_mutex|condition_variable|future|stop_token|semaphore|latch|barrier)$",
        "a core owns no thread and needs no lock", CORE_FILES),
    Ban("core-files", r"(filesystem|fstream|sys/(stat|mman|file)\.h|fcntl\.h|dirent\.h)$", "a core opens no file",
        CORE_FILES),
    Ban("core-sockets", r"(sys/(socket|epoll|un|select|uio)\.h|netinet/|netdb\.h|poll\.h|ifaddrs|net/if\.h|unistd\.h)",
        "a core owns no socket", CORE_FILES),
    Ban("core-sockets", r"arpa/inet", "the text of addresses is core/endpoint.h's", CORE_FILES, r"src/core/endpoint\.cpp"),
    Ban("core-clock", r"(ctime|time\.h|sys/time\.h)$", "time enters a core as `now`", CORE_FILES),
    Ban("iostream", r"(iostream|strstream)$", "use <cstdio> or fmt; iostream's globals cost every start",
        r"(src|sim)/"),
]

# Matched against code without comments and string literals.
BANNED_CALLS = [
    Ban("core-clock", r"\b(steady_clock|system_clock|high_resolution_clock|utc_clock)\b|::now\s*\(\s*\)"
        r"|(?<![\w.>])(std::)?(clock_gettime|gettimeofday|time)\s*\((?=\s*(nullptr|NULL|0|&|CLOCK))",
        "time enters a core as `now`", CORE_FILES),
    Ban("core-files", r"\b(fopen|freopen|mkstemp)\s*\(|\bstd::(ifstream|ofstream|fstream|filesystem)\b",
        "a core opens no file", CORE_FILES),
    Ban("core-thread", r"\bstd::(thread|jthread|async|mutex|shared_mutex|condition_variable)\b|\bthread_local\b",
        "a core owns no thread and needs no lock", CORE_FILES),
    Ban("quiet-thread", r"\bstd::(thread\s*[({]|jthread|async)", "quiet_thread(): signals are for the thread that waits",
        r"src/", r"src/core/quiet_thread\.h"),
    Ban("sleep", r"\b(sleep_for|sleep_until|usleep|nanosleep)\s*\(|(?<![\w.>])sleep\s*\(",
        "wait for the event, with a deadline"),
    Ban("std-random", r"\bstd::(\w+_distribution|random_device|mt19937(_64)?|default_random_engine|shuffle|sample"
        r"|random_shuffle)\b", "differs between standard libraries: draw from core/rng.h"),
    Ban("c-random", r"(?<![\w.>])(std::)?(rand|srand|random|drand48)\s*\(", "not reproducible: draw from core/rng.h"),
    Ban("shell", r"(?<![\w.>])(std::)?(system|popen)\s*\(", "starts a shell"),
    Ban("unbounded-string", r"(?<![\w.>])(std::)?(strcpy|strcat|sprintf|vsprintf|gets|strtok|alloca)\s*\(",
        "writes without a bound"),
    Ban("unchecked-number", r"(?<![\w.>])(std::)?(atoi|atol|atoll|atof|sscanf)\s*\(",
        "hides errors: use std::from_chars"),
    Ban("exit", r"(?<![\w.>])(std::)?(exit|quick_exit|_exit)\s*\(", "only main decides when to end",
        r"src/(?!cli/)"),
]

LINES_MAX = 600
LINE_LIMITED = {".h", ".cpp", ".py", ".sh", ".cmake", ".mjs", ".ts", ".js", ".css"}
# Text that may only be true on one machine. The brackets keep this file from reporting itself.
MACHINE_PATHS = re.compile(r"/[w]ork/(main|shared)|/[h]ome/\w|/[r]oot/|/[U]sers/\w|[C]:\\")
# Files of other projects that comments name.
FOREIGN_FILES = {"identify_client.cpp", "x509_vfy.h"}
# Bytes of foreign origin, not ours to judge.
NOT_OURS = re.compile(r"tests/(fuzz/corpus|vectors)/|\.(png|svg|ico|gif|gz|torrent|bin)$|(^|/)package-lock\.json$")
# The tests that sanitizer builds leave out (stp_unit_tests in cmake/modules.cmake), and what they are matched with.
FIGURES = re.compile(r"\bFIGURES\s+([^)]*?)\s*(?:\)|\bDEPENDS\b|\bLIBRARIES\b)")
TEST = re.compile(r"^TEST(?:_[FP])?\(\s*(\w+),\s*(\w+)\)", re.M)

# ---------------------------------------------------------------------------------------------------- applying them


class Finding(NamedTuple):
    path: str
    line: int
    rule: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.reason}"


INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.M)
# Raw strings, strings, characters (not the ' of 1'000), line comments, block comments.
BLANKED = re.compile(r'R"(?P<d>[^(\s]*)\(.*?\)(?P=d)"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\''
                     r'|//[^\n]*|/\*.*?\*/', re.S)
COMMENT = re.compile(r"//[^\n]*")
MENTION = re.compile(r"(?<![\w/.<-])(?:\w[\w.-]*/)*\w[\w-]*\.(?:h|cpp)\b")
MODULE_LINE = re.compile(r"stp_module\(\s*(\w+)([^)]*)\)")


def code_only(text: str) -> str:
    """`text` with comments and literals replaced by blanks, line numbers kept."""
    return BLANKED.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def line_of(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def module_of(path: str) -> Optional[str]:
    parts = path.split("/")
    if parts[0] == "src" and len(parts) > 2:
        return parts[1]
    return "sim" if parts[0] == "sim" else None


def may_include(module: str, layers: list = LAYERS) -> set:
    """Modules that `module` may include, itself among them."""
    if module == "sim":
        return SIM_MAY_INCLUDE | {"sim"}
    for level, names in enumerate(layers):
        if module in names:
            return set().union({module}, *layers[:level])
    return {module}


def check_sim_layers(path: str, text: str) -> Iterator[Finding]:
    parts = path.split("/")
    if parts[0] != "sim" or len(parts) != 3:
        return
    if parts[1] not in set().union(*SIM_LAYERS):
        yield Finding(path, 1, "layers", f"sim/{parts[1]} has no layer: add it to SIM_LAYERS")
        return
    for match in INCLUDE.finditer(text):
        target = match.group(2).split("/")
        if target[0] == "sim" and target[1] not in may_include(parts[1], SIM_LAYERS):
            yield Finding(path, line_of(text, match.start()), "layers", f"sim/{parts[1]} may not include sim/{target[1]}")


def check_layers(path: str, text: str) -> Iterator[Finding]:
    module = module_of(path)
    allowed = SIM_CLI_MAY_INCLUDE | {"sim"} if path.startswith("sim/cli/") else may_include(module or "")
    if module is None:
        return
    known = set().union({"sim"}, *LAYERS)
    if module not in known:
        yield Finding(path, 1, "layers", f"src/{module} has no layer: add it to LAYERS")
        return
    for match in INCLUDE.finditer(text):
        kind, name = match.groups()
        line = line_of(text, match.start())
        target = name.split("/")[0]
        if kind == '"' and ("/" not in name or target not in known):
            yield Finding(path, line, "include-form", f'write "{name}" as "folder/file.h"')
        elif kind == '"' and target not in allowed:
            yield Finding(path, line, "layers", f"{module} may not include {target}")
        elif kind == '"' and name not in NARROWED.get((module, target), {name}):
            yield Finding(path, line, "layers", f"of {target}, {module} may include only "
                          + ", ".join(sorted(NARROWED[module, target])))


def check_module_depends(path: str, text: str) -> Iterator[Finding]:
    """The libraries a CMakeLists.txt links obey the same table."""
    for match in MODULE_LINE.finditer(text):
        module, rest = match.groups()
        depends = re.search(r"\bDEPENDS\b((?:\s+[a-z]\w*)*)", rest)
        for target in depends.group(1).split() if depends else []:
            if target not in may_include(module) - {module}:
                yield Finding(path, line_of(text, match.start()), "layers", f"{module} may not depend on {target}")


def applies(ban: Ban, path: str) -> bool:
    if not re.match(ban.where, path) or re.match(ban.unless, path):
        return False
    return not (ban.rule.startswith("core-") and NOT_CORE.match(path))


def check_bans(path: str, text: str) -> Iterator[Finding]:
    code = code_only(text)
    for match in INCLUDE.finditer(text):
        if not code[match.start():].lstrip().startswith("#"):
            continue  # an #include in a comment
        for ban in BANNED_INCLUDES:
            if applies(ban, path) and re.match(ban.pattern, match.group(2)):
                yield Finding(path, line_of(text, match.start()), ban.rule, f"<{match.group(2)}>: {ban.reason}")
    for ban in BANNED_CALLS:
        if applies(ban, path):
            for match in re.finditer(ban.pattern, code):
                yield Finding(path, line_of(text, match.start()), ban.rule, f"{match.group().strip()}: {ban.reason}")


def check_shape(path: str, text: str) -> Iterator[Finding]:
    lines = text.count("\n")
    if Path(path).suffix in LINE_LIMITED and lines > LINES_MAX:
        yield Finding(path, lines, "length", f"{lines} lines, the limit is {LINES_MAX}: split it by concept")
    if path.endswith(".h"):
        if not text.startswith("//"):
            yield Finding(path, 1, "header-comment", "a header begins with what it is for")
        if not re.search(r"^#pragma once$", text, re.M):
            yield Finding(path, 1, "pragma-once", "missing #pragma once")


def check_machine_paths(path: str, text: str) -> Iterator[Finding]:
    for match in MACHINE_PATHS.finditer(text):
        yield Finding(path, line_of(text, match.start()), "machine-path", f"{match.group()} exists on one machine only")


def check_mentions(path: str, text: str, names: "set[str]") -> Iterator[Finding]:
    """A comment that names a file of ours names one that exists: from the root, src/, sim/, tests/ or its own folder."""
    folder = path.rpartition("/")[0]
    for comment in COMMENT.finditer(text):
        for mention in MENTION.finditer(comment.group()):
            name = mention.group()
            places = {name, f"src/{name}", f"sim/{name}", f"tests/{name}", f"{folder}/{name}"}
            in_tests = path.startswith("tests/") and any(n.endswith("/" + name) for n in names)
            if not places & names and not in_tests and name not in FOREIGN_FILES:
                yield Finding(path, line_of(text, comment.start()), "mention", f"no file {name}")


def check_headers(files: "dict[str, str]") -> Iterator[Finding]:
    """Each source file has a header of its name, or is named in a header of its folder, whose parts it holds."""
    for path in sorted(files):
        folder, _, name = path.rpartition("/")
        if not re.match(r"(src|sim)/.*\.cpp$", path) or name == "main.cpp" or path[:-4] + ".h" in files:
            continue
        if not any(h.endswith(".h") and h.rpartition("/")[0] == folder and name in files[h] for h in files):
            yield Finding(path, 1, "header", f"no {name[:-4]}.h, and no header of the folder names {name}")


def check_figures(files: "dict[str, str]") -> Iterator[Finding]:
    """Each pattern after FIGURES (cmake/modules.cmake) names a test of its folder; parameters after a / are not looked at."""
    for path in sorted(files):
        folder, _, name = path.rpartition("/")
        listed = FIGURES.search(files[path]) if name == "CMakeLists.txt" else None
        if not listed:
            continue
        tests = [".".join(test) for other, text in files.items() if other.rpartition("/")[0] == folder
                 for test in TEST.findall(text)]
        for pattern in listed.group(1).split():
            suite, _, rest = pattern.partition(".")
            if not fnmatch.filter(tests, f"{suite}.{rest.partition('/')[0]}"):
                yield Finding(path, line_of(files[path], listed.start()), "figures", f"no test {pattern}")


def check_file(path: str, text: str) -> Iterator[Finding]:
    if path.endswith((".h", ".cpp")):
        yield from check_layers(path, text)
        yield from check_sim_layers(path, text)
        yield from check_bans(path, text)
    if path.endswith("CMakeLists.txt"):
        yield from check_module_depends(path, text)
    yield from check_shape(path, text)
    yield from check_machine_paths(path, text)


def files_of(root: Path) -> Iterator[str]:
    """Every file git would commit; without git, every file outside of build folders."""
    listing = subprocess.run(["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                             capture_output=True, check=False) if (root / ".git").exists() else None
    if listing is not None and listing.returncode == 0:
        names = listing.stdout.decode().split("\0")
    else:
        names = [str(p.relative_to(root)) for p in root.rglob("*")
                 if not {"build", "out", ".git", "node_modules"} & set(p.relative_to(root).parts[:2])]
    yield from sorted(n for n in set(names) if n and (root / n).is_file() and not NOT_OURS.search(n))


def check_tree(root: Path) -> "tuple[int, list[Finding]]":
    """Number of files read, and what is wrong in them."""
    texts, findings = {}, []
    for name in files_of(root):
        try:
            texts[name] = (root / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        except FileNotFoundError:  # removed since it was listed
            continue
    for name, text in texts.items():
        findings += check_file(name, text)
        if name.endswith((".h", ".cpp")):
            findings += check_mentions(name, text, set(texts))
    return len(texts), findings + list(check_headers(texts)) + list(check_figures(texts))


# ---------------------------------------------------------------------------------------------------- the self-test

HEADER = "// What it is for.\n#pragma once\n"
# (path, text, the rule that must report it; None: nothing may be reported)
CASES = [
    ("src/dht/a.cpp", '#include "core/ids.h"\n#include "discovery/peer_discovery.h"\n', None),
    ("src/dht/a.cpp", '#include "transfer/swarm.h"\n', "layers"),
    ("src/dht/a.cpp", '#include "net/host.h"\n', "layers"),
    ("src/core/a.cpp", '#include "crypto/sha256.h"\n', "layers"),
    ("src/crypto/a.cpp", '#include "bencode/bencode.h"\n', "layers"),
    ("src/app/a.cpp", '#include "transfer/swarm.h"\n#include "dht/node.h"\n', None),
    ("src/app/a.cpp", '#include "net/host.h"\n', "layers"),
    ("src/transfer/a.cpp", '#include "wire/message.h"\n', None),
    ("src/transfer/a.cpp", '#include "wire/frame.h"\n', "layers"),
    ("src/extra/a.cpp", "", "layers"),
    ("sim/a.cpp", '#include "dht/node.h"\n', None),
    ("sim/world/a.cpp", '#include "sim/network/a.h"\n', None),
    ("sim/network/a.cpp", '#include "sim/world/a.h"\n', "layers"),
    ("sim/theory/a.cpp", '#include "sim/network/a.h"\n', "layers"),
    ("sim/elsewhere/a.cpp", "int a;\n", "layers"),
    ("sim/a.cpp", '#include "net/host.h"\n', "layers"),
    ("sim/cli/a.cpp", '#include "console/console.h"\n', None),
    ("sim/cli/a.cpp", '#include "net/host.h"\n', "layers"),
    ("sim/runner/a.cpp", '#include "console/console.h"\n', "layers"),
    ("src/net/a.cpp", '#include "console/console.h"\n', "layers"),
    ("src/console/CMakeLists.txt", "stp_module(console DEPENDS core content net)\n", "layers"),
    ("src/daemon/a.cpp", '#include "net/host.h"\n#include "http/message.h"\n', None),
    ("src/net/a.cpp", '#include "daemon/record.h"\n', "layers"),
    ("src/daemon/a.cpp", '#include "cli/commands.h"\n', "layers"),
    ("src/dht/a.cpp", '#include "table.h"\n', "include-form"),
    ("src/dht/a.cpp", '#include "../core/ids.h"\n', "include-form"),
    ("src/dht/CMakeLists.txt", "stp_module(dht DEPENDS core bencode LIBRARIES Threads::Threads)\n", None),
    ("src/dht/CMakeLists.txt", "stp_module(dht DEPENDS core transfer)\n", "layers"),
    ("src/wire/a.cpp", "#include <msgpack.hpp>\n", None),
    ("src/net/a.cpp", "#include <msgpack.hpp>\n", "msgpack"),
    ("src/crypto/a.cpp", "#include <sodium.h>\n#include <openssl/evp.h>\n", None),
    ("src/wire/a.cpp", "#include <sodium.h>\n", "sodium"),
    ("src/net/a.cpp", "#include <curl/curl.h>\n", None),
    ("src/tracker/a.cpp", "#include <curl/curl.h>\n", "curl"),
    ("src/portmap/a.cpp", "#include <natpmp.h>\n", "router"),
    ("src/net/log.cpp", "#include <spdlog/logger.h>\n", None),
    ("src/console/qr_code.cpp", "#include <qrencode.h>\n", None),
    ("src/console/console.cpp", "#include <qrencode.h>\n", "qrencode"),
    ("src/net/engine.cpp", "#include <spdlog/logger.h>\n", "spdlog"),
    ("src/content/a.cpp", "#include <openssl/evp.h>\n", "openssl"),
    ("src/net/a.cpp", "#include <boost/asio/io_context.hpp>\n", None),
    ("src/net/http_server.cpp", "#include <boost/beast/http.hpp>\n#include <thread>\n", None),
    ("src/tracker/registry.cpp", "#include <boost/beast/http.hpp>\n", "asio"),
    ("src/dht/a.cpp", "#include <random>\n", "core-random"),
    ("src/tracker/registry.cpp", "#include <thread>\n", "core-thread"),
    ("src/transfer/a.cpp", "#include <fstream>\n", "core-files"),
    ("src/app/a.cpp", "  # include <filesystem>\n", "core-files"),
    ("src/content/a.cpp", "#include <filesystem>\n", None),
    ("src/dht/a.cpp", "#include <sys/socket.h>\n", "core-sockets"),
    ("src/dht/a.cpp", "#include <netinet/in.h>\n", "core-sockets"),
    ("src/core/a.cpp", "#include <arpa/inet.h>\n", "core-sockets"),
    ("src/core/endpoint.cpp", "#include <arpa/inet.h>\n", None),
    ("src/app/a.cpp", "#include <ctime>\n", "core-clock"),
    ("src/cli/a.cpp", "#include <iostream>\n", "iostream"),
    ("src/dht/a.cpp", "// #include <random>\n/*\n#include <thread>\n*/\n", None),
    ("src/dht/a.cpp", "auto t = std::chrono::steady_clock::now();\n", "core-clock"),
    ("src/dht/a.cpp", "auto t = Clock::now();\n", "core-clock"),
    ("src/dht/a.cpp", "auto t = std::time(nullptr);\n", "core-clock"),
    ("src/net/a.cpp", "auto t = std::chrono::steady_clock::now();\n", None),
    ("src/dht/a.cpp", "// steady_clock::now()\nauto s = \"steady_clock::now()\";\n", None),
    ("src/dht/a.cpp", 'auto s = R"x(" std::rand() )x"; int n = 1\'000;\nf(now);\n', None),
    ("src/dht/a.cpp", 'auto s = R"x(" )x"; auto n = 1\'000; rand();\n', "c-random"),
    ("src/core/a.cpp", "auto* f = std::fopen(p, m);\n", "core-files"),
    ("src/transfer/a.cpp", "std::mutex m;\n", "core-thread"),
    ("src/net/a.cpp", "std::thread([] {}).detach();\n", "quiet-thread"),
    ("src/net/a.cpp", "std::vector<std::thread> threads;\n", None),
    ("tests/unit/dht/a_test.cpp", "std::this_thread::sleep_for(1s);\n", "sleep"),
    ("src/net/a.cpp", "usleep(5);\n", "sleep"),
    ("src/net/a.cpp", "timer.sleep (5);\nasleep(3);\n", None),
    ("tests/unit/dht/a_test.cpp", "std::mt19937 g;\n", "std-random"),
    ("sim/a.cpp", "std::uniform_int_distribution<int> d(0, 1);\n", "std-random"),
    ("src/dht/a.cpp", "std::shuffle(a, b, g);\n", "std-random"),
    ("src/dht/a.cpp", "int x = rand();\n", "c-random"),
    ("src/dht/a.cpp", "int x = rng.random(); operand(); std::int32_t y = strand(3);\n", None),
    ("src/cli/a.cpp", "std::system(command);\n", "shell"),
    ("src/cli/a.cpp", "std::strcpy(a, b);\n", "unbounded-string"),
    ("src/cli/a.cpp", "std::snprintf(a, 3, b);\n", None),
    ("src/cli/a.cpp", "int n = atoi(argv[1]);\n", "unchecked-number"),
    ("src/net/a.cpp", "std::exit(1);\n", "exit"),
    ("src/cli/main.cpp", "std::exit(1);\n", None),
    ("src/core/a.h", HEADER, None),
    ("src/core/a.h", "#pragma once\n// Late.\n", "header-comment"),
    ("src/core/a.h", "// What it is for.\n", "pragma-once"),
    ("src/core/a.cpp", "\n" * LINES_MAX, None),
    ("src/core/a.cpp", "\n" * (LINES_MAX + 1), "length"),
    ("docs/a.md", "see /" + "home/someone/notes\n", "machine-path"),
    ("dev", "cd /" + "root/x\n", "machine-path"),
    ("docs/a.md", "shares /usr/include and works in /tmp\n", None),
]


def self_test() -> int:
    failures = []
    for path, text, expected in CASES:
        found = {f.rule for f in check_file(path, text)}
        if found != ({expected} if expected else set()):
            failures.append(f"{path}: {text.strip()[:60]!r}: expected {expected}, found {sorted(found) or None}")
    for ban in BANNED_INCLUDES + BANNED_CALLS:
        texts = [text for _, text, expected in CASES if expected == ban.rule]
        names = [name for text in texts for _, name in INCLUDE.findall(text)]
        if not any(re.match(ban.pattern, n) for n in names) and not any(re.search(ban.pattern, t) for t in texts):
            failures.append(f"no case proves {ban.rule}: {ban.pattern}")
    with tempfile.TemporaryDirectory() as folder:  # the walk itself finds files and reports what is in them
        root = Path(folder)
        (root / "src/dht").mkdir(parents=True)
        (root / "src/dht/bad.h").write_text("// See core/ids.h and bad.cpp.\n#pragma once\n", encoding="utf-8")
        (root / "src/dht/bad.cpp").write_text("int x = rand();\n", encoding="utf-8")
        (root / "src/dht/lone.cpp").write_text("// Part of bad.h.\n", encoding="utf-8")
        (root / "tests/unit/dht").mkdir(parents=True)
        (root / "tests/unit/dht/CMakeLists.txt").write_text(
            "stp_unit_tests(dht FIGURES Some.One *Some.*/Few* Some.Other\n  *Lost.*/F* DEPENDS dht)\n", encoding="utf-8")
        (root / "tests/unit/dht/a_test.cpp").write_text("TEST_P(Some,\n       One) {}\n", encoding="utf-8")
        (root / "build/x").mkdir(parents=True)
        (root / "build/x/ignored.cpp").write_text("int x = rand();\n", encoding="utf-8")
        count, findings = check_tree(root)
        expected_rules = ["c-random", "figures", "figures", "header", "mention"]
        if count != 5 or sorted(f.rule for f in findings) != expected_rules:
            failures.append(f"walking a tree read {count} files and reported {findings}")
    for failure in failures:
        print(f"lint self-test: {failure}")
    print(f"lint self-test: {len(CASES)} cases, {len(failures)} failures")
    return 1 if failures else 0


def main() -> int:
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    count, findings = check_tree(Path(sys.argv[1]))
    for finding in findings:
        print(finding)
    if count == 0:
        print("lint: no file found: the root is wrong")
        return 1
    print(f"lint: {count} files, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
