# Sourced by tools/run and tools/test: the Debian 12 packages they need, and how to install them.
# shellcheck shell=bash

# To build the server, with its tests and micro benchmarks.
build_packages=(
  g++ cmake ninja-build pkg-config ccache python3
  liburing-dev liblmdb-dev libxxhash-dev libsimdjson-dev libssl-dev libre2-dev libcurl4-openssl-dev
  libcli11-dev libspdlog-dev libfmt-dev
  libgtest-dev libgmock-dev libbenchmark-dev
)

# To talk to it from tools/run.
demo_packages=(curl jq)

# To run every test: clang for analysis and fuzzing; the rest is what end-to-end tests drive.
# shellcheck disable=SC2034  # Used by tools/test.
test_packages=(
  clang-19 clang-tidy-19 libclang-rt-19-dev
  nginx-light libnginx-mod-http-lua haproxy caddy wrk strace faketime valgrind openssl
)

# For clients generated from /openapi.json. Node of another origin brings its own npm, with which
# Debian's package of that name would conflict.
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  test_packages+=(nodejs npm)
fi

# install_packages PACKAGE...: installs those that are missing. Needs fail() of progress.sh.
install_packages() {
  command -v dpkg-query >/dev/null || fail "no dpkg here: this needs Debian 12 or its like"
  local missing=()
  mapfile -t missing < <(missing_packages "$@")
  if ((${#missing[@]} == 0)); then
    echo "all $# packages are installed"
    return
  fi
  echo "missing: ${missing[*]}"
  local as_root=()
  if ((EUID != 0)); then
    may_use_sudo || fail "missing packages, and neither root nor sudo to install them with." \
      "Have them installed: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  "${as_root[@]}" bash -c "$(declare -f install_as_root); install_as_root \"\$@\"" install \
    "${missing[@]}" || fail "apt-get could not install: ${missing[*]}"
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]} == 0)) || fail "still missing: ${missing[*]}"
}

# Prints those of the packages that are not installed, one a line.
missing_packages() {
  local package
  for package in "$@"; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
      echo "$package"
  done
}

# Without a password, or with a terminal to ask for one.
may_use_sudo() {
  command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [[ -t 0 ]]; }
}

# Runs as root, by itself: nothing else of this file is defined there.
#
# Debian starts a service (nginx, haproxy, caddy) as soon as its package is installed. The tests
# start their own, on free ports and with their own configuration, so none may start now:
# policy-rc.d is what Debian asks, 101 means no. It is ours only while apt runs; one that was there
# before is put back, also by the next run if this one is killed. On a machine with systemd, those
# services are not enabled for the next boot either, unless they were installed before.
install_as_root() {
  set -euo pipefail
  policy=/usr/sbin/policy-rc.d # Not local: the trap runs after the function's end.
  kept=$policy.kept-by-tollgate
  restore_policy() {
    rm -f "$policy"
    [[ ! -e $kept ]] || mv "$kept" "$policy"
  }
  exec 9>/run/lock/tollgate-packages
  flock 9 # One at a time: two would take each other's policy for the machine's.
  [[ ! -e $kept ]] || restore_policy
  [[ ! -e $policy ]] || mv "$policy" "$kept"
  trap "restore_policy" EXIT
  trap "exit 1" INT TERM HUP
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"

  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q || echo "apt-get update failed; going on with the lists that are here" >&2
  apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"

  if [[ -d /run/systemd/system ]]; then
    [[ " $* " != *" nginx-light "* ]] || systemctl disable nginx.service
    [[ " $* " != *" haproxy "* ]] || systemctl disable haproxy.service
    [[ " $* " != *" caddy "* ]] || systemctl disable caddy.service
  fi
}
