#!/bin/sh
# setup-standby.sh PRIMARY: makes this machine a standby of that one, from an empty PGDATA. Also for a machine that was replaced.
. "$(dirname "$0")/common.sh"
primary=${1:?"usage: setup-standby.sh NAME-OF-THE-PRIMARY"}
[ -e "$PGDATA/PG_VERSION" ] && fail "$PGDATA holds a database already. An old primary comes back with rejoin.sh."
[ "$(ask "$primary" 'SELECT pg_is_in_recovery()')" = f ] || fail "$primary is not the primary."
make_slots "$primary"
# Not under this server's name: what pg_basebackup has received is synced only at its end, and it must not confirm a ballot.
copying="$(conninfo "$primary" "$REPLICATOR") application_name=copy-for-$NODE"
"$PGBIN/pg_basebackup" -D "$PGDATA" -d "$copying" -X stream -S "$NODE" -R -c fast
follow_in_file "$primary"
make_own_slots=$(names | grep -vx "$NODE" | tr '\n' ' ')
$START
say "$NODE follows $primary. When it is promoted, it will make slots for: $make_own_slots"
"$(dirname "$0")/status.sh"
