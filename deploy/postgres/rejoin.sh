#!/bin/sh
# rejoin.sh PRIMARY: takes an old primary back as a standby of the new one. What only it had was acknowledged to nobody and is
# thrown away. When pg_rewind cannot do it, move PGDATA away and run setup-standby.sh.
. "$(dirname "$0")/common.sh"
primary=${1:?"usage: rejoin.sh NAME-OF-THE-PRIMARY"}
[ "$primary" = "$NODE" ] && fail "$NODE cannot follow itself."
[ "$(ask "$primary" 'SELECT pg_is_in_recovery()')" = f ] || fail "$primary is not the primary."
if "$PGBIN/pg_ctl" -D "$PGDATA" status >/dev/null 2>&1; then fail "The server of $NODE is running: stop it first (fence.sh)."; fi
make_slots "$primary"
"$PGBIN/pg_rewind" -D "$PGDATA" --source-server="$(conninfo "$primary" "$ADMIN") dbname=postgres"
touch "$PGDATA/standby.signal"
follow_in_file "$primary"
rm -f "$PGDATA/hanpyo.fenced"
$START
# Its slots of before would keep WAL that nobody fetches here any more, and with it the order of votes. promote.sh makes new ones.
ask "$NODE" 'SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots' >/dev/null
say "$NODE follows $primary."
