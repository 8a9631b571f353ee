#!/usr/bin/env bash
# package.sh BUILD OUT: makes the packages of the programs in the build directory BUILD, in the new directory OUT:
#   stp_VERSION_ARCH.deb, stp-sim_…, and their debug symbols as stp-dbgsym_…, stp-sim-dbgsym_…
#   stp-VERSION-linux-MACHINE.tar.gz: programs that need only libc, libm, libcrypto and libcurl; unpack it over /usr/local
set -euo pipefail
build=$(realpath "$1")
rm -rf "$2"
mkdir -p "$2"
out=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

(cd "$build" && cpack -G DEB -B "$work/deb") >"$work/log" 2>&1 || {
  cat "$work/log" >&2
  exit 1
}
for package in "$work"/deb/*.*deb; do
  mv "$package" "$out/$(basename "${package%.*}").deb" # Debian calls those with debug symbols .deb, too
done

name=stp-$(dpkg-deb -f "$out"/stp_*.deb Version)-linux-$(uname -m)
for component in stp stp-sim stp-portable stp-sim-portable; do # the programs of the last two replace those of the first
  cmake --install "$build" --prefix "$work/$name" --component $component >/dev/null
done
strip "$work/$name/bin/"*
# The same bytes from the same commit, whoever packs them.
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$(git log -1 --format=%ct 2>/dev/null || echo 0)" \
  -C "$work" -c "$name" | gzip -9n >"$out/$name.tar.gz"
