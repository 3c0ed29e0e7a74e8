#!/usr/bin/env bash
# Builds a pinned InfluxDB 2.7 server (influxd) from its Go module, for the tests that need a real one.
#
# Why: Debian has no InfluxDB 2 package, and a development machine may reach package registries and nothing else. The
# server is a Go program; its query language Flux is a Rust library that comes as source in the Go module flux. So the
# machine's own Go and Rust can build it: cargo makes libflux.a, a flux.pc tells cgo where it lies, go builds influxd.
# Nothing is patched. The web interface and the swagger file are left out (they are not in the module).
#
# Usage:  influxd=$(deploy/dev/influxd.sh | tail -n 1)
#
# The last line on stdout is the path of the binary, everything else goes to stderr. Exit code 1: it cannot be built
# here, and stderr says why. When the binary is there and works, the script returns at once. Two at a time do not
# collide: the second waits for the first. An interrupted build leaves no half binary.
#
# PILOTBED_CACHE  where the binary goes (else XDG_CACHE_HOME/pilotbed, else ~/.cache/pilotbed), in influxd-VERSION/
set -euo pipefail

version=2.7.12
module=github.com/influxdata/influxdb/v2
# The module's hash as in a go.sum. The module's own go.sum and Cargo.lock pin everything below it.
sum=h1:m25dUSO7h6nm3zFC4v/aCNeFFmnN/mlN/uPo1T63bmk=

exec 3>&1 1>&2
say() { printf 'influxd.sh: %s\n' "$*"; }
fail() { say "$*"; exit 1; }

home=${PILOTBED_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pilotbed}/influxd-$version
mkdir -p "$home"
home=$(cd "$home" && pwd)
binary=$home/influxd

works() { [ -x "$binary" ] && [[ $("$binary" version 2>/dev/null) == *" v$version "* ]]; }
finish() { printf '%s\n' "$binary" >&3; exit 0; }

works && finish

missing=()
need() { command -v "$1" >/dev/null || missing+=("$1 (Debian: $2)"); }
need flock util-linux
need go 'golang-go, 1.23 or newer, which Debian 12 has not'
need cargo 'cargo, 1.72 or newer, which Debian 12 has not'
need rustc 'rustc, of the same version'
need cc 'gcc and libc6-dev'
need pkg-config pkg-config
if [ "${#missing[@]}" -gt 0 ]; then
  for tool in "${missing[@]}"; do say "missing: $tool"; done
  exit 1
fi

exec 9>"$home.lock"
if ! flock --nonblock 9; then
  say 'another build is running, waiting for it'
  flock 9
fi
works && finish

rm -rf "$home"/build.* # of a build that was killed; none is running, the lock is ours
build=$(mktemp -d "$home/build.XXXXXX")
trap 'rm -rf "$build"' EXIT

# The machine's Go, not one that go.mod names and go would download.
export GOTOOLCHAIN=local CGO_ENABLED=1

say "fetching $module v$version"
download=$(cd "$build" && go mod download -json "$module@v$version")
field() { sed -n "s/^[[:space:]]*\"$1\": \"\(.*\)\",\{0,1\}\$/\1/p" <<<"$download"; }
[ "$(field Sum)" = "$sum" ] || fail "$module v$version has the hash $(field Sum), expected $sum"
server=$(field Dir)
cd "$server"
go mod download github.com/influxdata/flux
flux=$(go list -mod=readonly -m -f '{{.Dir}}' github.com/influxdata/flux)

# Started outside the module, rustup does not see the module's rust-toolchain.toml and takes the machine's Rust. That is
# newer than the sources, which turn warnings into errors: hence --cap-lints. LTO would only make the build longer.
say 'building libflux (Rust)'
started=$SECONDS
cd "$build"
RUSTFLAGS="${RUSTFLAGS:-} --cap-lints allow" CARGO_PROFILE_RELEASE_LTO=off CARGO_TARGET_DIR="$build/target" \
  cargo rustc --quiet --locked --release --manifest-path "$flux/libflux/Cargo.toml" \
  --package flux --lib --crate-type staticlib
library=$build/target/release/libflux.a
[ -s "$library" ] || fail "cargo ended well, but there is no $library"
say "libflux took $((SECONDS - started)) s"

mkdir "$build/pkgconfig"
cat >"$build/pkgconfig/flux.pc" <<PC
Name: Flux
Description: Library for the InfluxData Flux engine
Version: $(basename "$flux" | sed 's/.*@v//')
Libs: -L$(dirname "$library") -l:libflux.a -ldl -lm
Cflags: -I$flux/libflux/include
PC

say 'building influxd (Go)'
started=$SECONDS
cd "$server"
PKG_CONFIG_PATH="$build/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}" \
  go build -mod=readonly -trimpath -buildvcs=false -tags sqlite_foreign_keys,sqlite_json \
  -ldflags "-s -w -X main.version=v$version -X main.commit=module" -o "$build/influxd" ./cmd/influxd
say "influxd took $((SECONDS - started)) s"

mv -f "$build/influxd" "$binary"
works || fail "$binary was built but does not answer 'version' as v$version: $("$binary" version 2>&1 || true)"
finish
