#!/bin/sh
# backup.sh FOLDER: a checked copy of the whole cluster, taken from this server, a standby by preference. Without WAL archives on
# purpose: they would hold the order in which ballots came. Encrypt what leaves the machine; keep the copy like the database.
. "$(dirname "$0")/common.sh"
target=${1:?"usage: backup.sh EMPTY-FOLDER"}
"$PGBIN/pg_basebackup" -D "$target" -d "$(conninfo "$NODE" "$REPLICATOR")" -X stream -c fast
"$PGBIN/pg_verifybackup" -q "$target"
say "A copy is in $target. To use it: put it in the place of PGDATA on one server, remove standby.signal, start it, compare its head"
say "with the witnesses (the bridge does that at its start and does not run on a shorter ledger), then set up both standbys anew."
