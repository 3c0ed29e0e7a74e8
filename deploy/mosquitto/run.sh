#!/bin/sh
# Runs Mosquitto in a container, and lets it read passwords, ACL and certificate again when they change: there
# is no service manager to do it. Usage: run.sh CONFIGURATION FILE…
set -eu
configuration=$1
shift

state() { cksum "$@" 2>/dev/null || true; }

seen=$(state "$@")
mosquitto -c "$configuration" &
broker=$!
trap 'kill -TERM "$broker"' TERM INT
while kill -0 "$broker" 2>/dev/null; do
    # In the background, so that a signal is answered at once.
    sleep "${RELOAD_EVERY_S:-5}" &
    wait $! || true
    now=$(state "$@")
    if [ "$now" != "$seen" ]; then
        seen=$now
        kill -HUP "$broker" 2>/dev/null || true
    fi
done
wait "$broker"
