#!/usr/bin/env bash
# web_tests.sh STP SUITE: runs tests/web/SUITE.test.mjs with this stp. 77: skipped, and why.
set -euo pipefail
STP_BINARY=$1
suite=$2
cd "$(dirname "${BASH_SOURCE[0]}")/../tests/web"

skip() {
  echo "skipped: $*"
  exit 77
}

command -v node >/dev/null || skip "node is not installed"
if [[ $suite != requests ]]; then
  CHROMIUM=$(command -v chromium || command -v chromium-browser) || skip "chromium is not installed"
  cmp -s package-lock.json node_modules/.installed || skip "the packages of package-lock.json are not installed (./dev test)"
  export CHROMIUM
fi
export STP_BINARY
exec node --test --test-reporter=spec "$suite.test.mjs"
