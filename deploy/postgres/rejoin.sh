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
{
  echo "primary_conninfo = '$(primary_conninfo "$primary")'"
  echo "primary_slot_name = '$NODE'"
} >>"$PGDATA/postgresql.auto.conf"
rm -f "$PGDATA/hanpyo.fenced"
$START
say "$NODE follows $primary."
