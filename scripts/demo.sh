#!/usr/bin/env bash
# A whole swarm on this machine: three DHT nodes, one process that shares, two that download; then a comparison.
#
#   demo.sh STP [DIRECTORY [MIB]]     the program, and what is shared besides a big file (/usr/include, 256 MiB)
#
# Peers are found only through the DHT, and the local network hears nothing. Everything happens on 127.0.0.1, on ports
# that the kernel picks, in a temporary directory that is removed at the end, as are the processes.
set -euo pipefail
shopt -s extglob

stp=$(realpath "$1")
directory=${2:-/usr/include}
big_file_mib=${3:-256}
deadline_seconds=600

work=$(mktemp -d "${TMPDIR:-/tmp}/stp-demo.XXXXXX")
pids=()
clean_up() {
  local status=$?
  trap - EXIT
  ((${#pids[@]} == 0)) || kill "${pids[@]}" 2>/dev/null || true
  wait
  rm -rf "$work"
  exit $status
}
trap clean_up EXIT
trap 'exit 130' INT TERM

bold() { printf '\n\033[1m%s\033[0m\n' "$*"; }
# fail NAME TEXT: prints the last output of the process NAME.
fail() {
  printf 'demo: %s\n' "$2" >&2
  tail -n 20 "$work/$1.err" >&2
  exit 1
}

# start NAME ARGS…: runs stp in the background; its output goes to NAME.out and NAME.err, $! is its process.
start() {
  local name=$1
  shift
  mkdir -p "$work/$name"
  : >"$work/$name.out"
  STP_NO_LAN=1 STP_PORT_MAP=0 XDG_CACHE_HOME=$work/$name/cache XDG_CONFIG_HOME=$work/$name/config \
    "$stp" "$@" --state "$work/$name/state" </dev/null >"$work/$name.out" 2>"$work/$name.err" &
  pids+=($!)
}

# first_line NAME: waits for the first line that a process prints.
first_line() {
  local name=$1 pid=${pids[-1]} start=$SECONDS
  until (($(wc -l <"$work/$name.out") > 0)); do
    kill -0 "$pid" 2>/dev/null || fail "$name" "$name ended"
    ((SECONDS - start < deadline_seconds)) || fail "$name" "$name says nothing"
    sleep 0.05
  done
  head -n 1 "$work/$name.out"
}

# progress NAME: how far a download is, by the last of its status events.
progress() {
  local field values=()
  for field in bytes_had bytes_wanted down_rate peers; do
    values+=("$(grep -oE "\"$field\":[0-9]+" "$work/$1.out" | tail -n 1 | cut -d: -f2)")
  done
  printf '%s %3d %% %4d MB/s %d peers' "$1" $((values[1] > 0 ? 100 * values[0] / values[1] : 0)) \
    $((values[2] / 1000000)) "${values[3]:-0}"
}

# differences A B: the differences that diff finds, except what can't be shared: dangling links and directories without
# files.
differences() {
  local line path
  { diff -r "$1" "$2" 2>&1 || true; } | while IFS= read -r line; do
    if [[ $line =~ ^Only\ in\ (.*):\ (.*)$ ]]; then
      path=${BASH_REMATCH[1]}/${BASH_REMATCH[2]}
      [[ -e $path ]] || continue
      [[ ! -d $path || -n $(find -L "$path" -type f -print -quit) ]] || continue
    fi
    printf '%s\n' "$line"
  done
}

common=(--listen 127.0.0.1:0)
peers_from_dht=(--dht "${common[@]}")

bold '1. Two DHT nodes: the first one knows nobody, the second one knows the first'
start node-1 node "${common[@]}" --bootstrap none
node_1=$(first_line node-1)
start node-2 node "${common[@]}" --bootstrap "$node_1"
node_2=$(first_line node-2)
printf '   %s\n   %s\n' "$node_1" "$node_2"

bold "2. One process shares $directory and a file of $big_file_mib MiB"
head -c "${big_file_mib}M" /dev/urandom >"$work/big-file.bin"
# /usr/include has links to folders elsewhere (of compilers, of MPI); if they are followed, the copy is what `diff -r`
# reads.
printf '   $ stp share --dht --bootstrap %s --name demo --follow-links %s big-file.bin\n' "$node_1" "$directory"
share_start=$EPOCHREALTIME
start share share "${peers_from_dht[@]}" --bootstrap "$node_1" --name demo --follow-links "$directory" \
  "$work/big-file.bin"
link=$(first_line share)
printf '   %s\n' "$link"
awk -v a="$share_start" -v b="$EPOCHREALTIME" 'BEGIN { printf "   hashed in %.1f s\n", b - a }'

# The link contains the sharer's address as a hint. Without it, the DHT is the only source.
link=${link//&x.pe=127.0.0.1:+([0-9])/}

bold '3. Two others download it; they have only the link, without its hint, and the address of the second node'
printf '   $ stp get --dht --bootstrap %s '\''%.40s…'\''\n' "$node_2" "$link"
get_start=$EPOCHREALTIME
running=()
for name in get-1 get-2; do
  start "$name" get "$link" --json "${peers_from_dht[@]}" --bootstrap "$node_2" -o "$work/$name/files"
  running+=("${pids[-1]}")
done
line_end=$'\n'
[[ ! -t 1 ]] || line_end=$'\r'
waited=$SECONDS
while kill -0 "${running[@]}" 2>/dev/null; do # true while one of them runs
  printf '   %s      %s%s' "$(progress get-1)" "$(progress get-2)" "$line_end"
  ((SECONDS - waited < deadline_seconds)) || fail get-1 "no end after $deadline_seconds s"
  sleep 1
done
wait "${running[0]}" || fail get-1 "get-1 ended with $?"
wait "${running[1]}" || fail get-2 "get-2 ended with $?"
awk -v a="$get_start" -v b="$EPOCHREALTIME" 'BEGIN { printf "   both complete and verified in %.1f s\n", b - a }'

bold '4. Byte by byte'
source_tree=${directory%/}
for name in get-1 get-2; do
  got=$work/$name/files/demo
  found=$(differences "$source_tree" "$got/$(basename "$source_tree")")
  found+=$(cmp "$work/big-file.bin" "$got/big-file.bin" 2>&1 || true)
  if [[ -n $found ]]; then
    printf '%s\n' "$found" | head -n 20
    fail "$name" "$name differs from what was shared"
  fi
  printf '   %s: %d files, %d MB, no difference\n' "$name" "$(find "$got" -type f | wc -l)" \
    "$(($(du -sb "$got" | cut -f1) / 1000000))"
done
