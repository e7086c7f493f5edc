#!/bin/sh
# Run on the machine of an old primary before another one is promoted, if it can still be reached: stops it, and keeps it from
# starting by itself. An old primary that is cut off cannot acknowledge anything, because no standby confirms it; but what
# waits on it for a confirmation would look stored to whoever asks it directly.
. "$(dirname "$0")/common.sh"
touch "$PGDATA/hanpyo.fenced"
$STOP || true
if "$PGBIN/pg_ctl" -D "$PGDATA" status >/dev/null 2>&1; then "$PGBIN/pg_ctl" -D "$PGDATA" -m immediate stop >/dev/null; fi
say "$NODE is stopped and does not start until rejoin.sh has taken it back."
