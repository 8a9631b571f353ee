#!/bin/sh
# Run on a new system on which the packages have just been installed: they work, and go without a trace.
set -eu
cd /opt
fail() {
  echo "smoke: $*"
  exit 1
}
installed() { dpkg-query -L stp stp-sim | while read -r file; do [ -d "$file" ] || echo "$file"; done; }

stp --version
stp-sim --version
case $(stp --version) in *' (unknown'*) fail "stp does not know its commit" ;; esac
for file in $(installed); do [ -e "$file" ] || fail "$file is missing"; done
for unit in system/stp-tracker system/stp-node user/stp; do
  [ -f "/usr/lib/systemd/$unit.service" ] || [ -f "/lib/systemd/$unit.service" ] || fail "there is no unit $unit"
done
for document in man/man1/stp-share.1 man/man1/stp-sim.1 bash-completion/completions/stp zsh/vendor-completions/_stp \
  fish/vendor_completions.d/stp-sim.fish; do
  [ -s "/usr/share/$document" ] || fail "there is no $document"
done

# A file shared and fetched, by the packaged program and by that of the tarball.
mkdir tarball && tar -xzf packages/stp-*.tar.gz -C tarball --strip-components=1
head -c 3000000 /dev/urandom >file
mkfifo printed
stp share --no-dht --no-lan --listen 127.0.0.1:0 file >printed 2>share.log &
sharer=$!
read -r magnet <printed
for stp in stp tarball/bin/stp; do
  rm -rf got
  $stp get --no-dht --no-lan --listen 127.0.0.1:0 -q -o got "$magnet" || { cat share.log && fail "$stp could not get it"; }
  cmp file got/file || fail "$stp got something else"
done
kill "$sharer"
wait "$sharer" || true
for program in stp-sim tarball/bin/stp-sim; do
  $program run lan -q --out "$program.d" || fail "$program does not play a network"
done

files=$(installed)
apt-get purge -qq -y -o Dpkg::Use-Pty=0 stp stp-sim >/dev/null 2>&1
for file in $files; do [ ! -e "$file" ] || fail "$file stayed after the packages went"; done
echo "smoke: passed"
