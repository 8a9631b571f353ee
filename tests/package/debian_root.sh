#!/usr/bin/env bash
# debian_root.sh BUILD: makes the packages of the build directory BUILD, installs them on a new system of this machine's
# release that has nothing else, and tries them there without any network. 77: skipped, and why.
set -euo pipefail
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
build=$(realpath "$1")

skip() {
  echo "skipped: $*"
  exit 77
}
[[ $(id -u) == 0 ]] || skip "only root makes a new system"
for tool in mmdebstrap dpkg-shlibdeps file ip; do
  command -v $tool >/dev/null || skip "$tool is not installed"
done
# shellcheck disable=SC1091
release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
sources=()
for list in /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list.d/ubuntu.sources; do
  [[ ! -s $list ]] || sources+=("$list")
done
[[ -n $release && ${#sources[@]} -gt 0 ]] || skip "this is neither Debian nor Ubuntu"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$here/../../scripts/package.sh" "$build" "$work/packages"
ls "$work/packages"

apt-config dump Acquire >"$work/apt.conf" # this machine's proxies
# What has to be downloaded may be out of reach, which is no fault of ours; that it is asked for and that it works are.
ours='/opt/packages/stp_*.deb /opt/packages/stp-sim_*.deb'
install="apt-get install -qq -y --no-install-recommends -o Dpkg::Use-Pty=0"
# In hooks of mmdebstrap "$1" is the new system.
# shellcheck disable=SC2016
if ! mmdebstrap --quiet --variant=apt --aptopt="$work/apt.conf" --aptopt='Acquire::Retries "3"' --skip=cleanup/apt \
  --customize-hook="copy-in '$work/packages' '$here/smoke.sh' /opt" \
  --customize-hook='chroot "$1" sh -c "'"$install -s $ours"'" || { touch '"'$work/failed'"'; exit 1; }' \
  --customize-hook='chroot "$1" sh -c "'"$install --download-only $ours"'"' \
  --customize-hook="touch '$work/downloaded'" \
  --customize-hook='chroot "$1" sh -c "'"$install $ours"'"' \
  --customize-hook='unshare -n sh -c "ip link set lo up && exec chroot \"\$0\" sh /opt/smoke.sh" "$1"' \
  --format=null "$release" /dev/null "${sources[@]}" >"$work/log" 2>&1; then
  cat "$work/log"
  [[ -e $work/failed || -e $work/downloaded ]] || skip "a new system cannot be made here"
  exit 1
fi
grep 'smoke:' "$work/log"
