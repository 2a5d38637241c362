# Sourced by the scripts beside it: finds or installs what a build needs, and builds with one live
# line. Sets `root`, the checkout's folder.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf 'rlhs: %s\n' "$*" >&2; }
give_up() { say "$*"; exit 1; }

# install NAME...: packages for the system's package manager, given by their Debian names.
install() {
  local names=("$@") runner=() manager=()
  if command -v apt-get >/dev/null; then
    manager=(env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends)
  elif command -v dnf >/dev/null; then
    manager=(dnf install -y)
    names=("${names[@]/libedit-dev/libedit-devel}")
    names=("${names[@]/libsqlite3-dev/sqlite-devel}")
    names=("${names[@]/python3-pexpect/python3-pexpect}")
  else
    give_up "please install: ${names[*]} (no apt-get or dnf here to do it)"
  fi
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null && sudo -n true 2>/dev/null ||
      give_up "please install as root: ${manager[*]} ${names[*]}"
    runner=(sudo -n)
  fi
  say "installing ${names[*]}"
  local log="$root/.build/install.log"
  mkdir -p "$root/.build"
  # A bare machine has no package lists yet, so a failure is tried again with fresh ones.
  "${runner[@]}" "${manager[@]}" "${names[@]}" >"$log" 2>&1 && return
  if command -v apt-get >/dev/null; then "${runner[@]}" apt-get update >>"$log" 2>&1; fi
  "${runner[@]}" "${manager[@]}" "${names[@]}" >>"$log" 2>&1 || {
    tail -n 5 "$log" >&2
    give_up "could not install ${names[*]} (the whole log: $log)"
  }
}

# What every build needs: a Swift toolchain, and the headers of libedit and SQLite.
need_toolchain() {
  command -v swift >/dev/null ||
    give_up "Swift 6.2 or newer is missing: install it from swift.org, then run this again"
  local missing=()
  [ -e /usr/include/histedit.h ] || missing+=(libedit-dev)
  [ -e /usr/include/sqlite3.h ] || missing+=(libsqlite3-dev)
  [ ${#missing[@]} = 0 ] || install "${missing[@]}"
}

# changed_since FILE PATH...: whether FILE is missing, or anything below the paths is newer.
# Folders count too, so a deleted source is noticed.
changed_since() {
  local stamp=$1
  shift
  [ ! -e "$stamp" ] || [ -n "$(find "$@" -newer "$stamp" -print -quit 2>/dev/null)" ]
}

# with_live_line WHAT COMMAND...: runs the command with its output in a log, showing on one line
# for how long; a failure shows the errors of the log.
with_live_line() {
  local what=$1 log="$root/.build/build.log" status=0 start=$SECONDS
  shift
  mkdir -p "$root/.build"
  "$@" >"$log" 2>&1 &
  local job=$!
  trap 'kill '"$job"' 2>/dev/null; exit 130' INT TERM
  if [ -t 2 ]; then
    while kill -0 "$job" 2>/dev/null; do
      printf '\rrlhs: %s %dm %02ds (a first build takes minutes) ' "$what" \
        $(((SECONDS - start) / 60)) $(((SECONDS - start) % 60)) >&2
      sleep 0.5
    done
    printf '\r\033[K' >&2
  else
    say "$what (a first build takes minutes)"
  fi
  wait "$job" || status=$?
  trap - INT TERM
  [ "$status" = 0 ] && return
  grep -E 'error:|warning:' "$log" | sort -u | head -n 20 >&2 || true
  give_up "$what failed (the whole log: $log)"
}
