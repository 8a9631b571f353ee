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
  command -v npm >/dev/null || skip "npm is not installed"
  CHROMIUM=$(command -v chromium || command -v chromium-browser) || skip "chromium is not installed"
  if ! cmp -s package-lock.json node_modules/.installed; then
    log=$(npm ci --ignore-scripts --silent 2>&1) || skip "npm cannot install the packages of package-lock.json: $log"
    cp package-lock.json node_modules/.installed
  fi
  export CHROMIUM
fi
export STP_BINARY
exec node --test --test-reporter=spec "$suite.test.mjs"
