# What the scripts of this folder share; sourced, not run. Leaves the current folder at the checkout's root.
# shellcheck shell=bash disable=SC2034
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit
jobs=${BADWIRE_JOBS:-$(nproc)}

# phase NAME COMMAND…: runs it under a heading and says how long it took; a failure ends everything.
# (bash ignores set -e in a function that stands in a condition, so COMMAND is never put in one.)
phase() {
    local name=$1 begin=$SECONDS
    shift
    printf '\n=== %s\n' "$name"
    current_phase=$name
    "$@"
    printf -- '--- %s: %d s\n' "$name" $((SECONDS - begin))
}
