#!/bin/sh
# Makes the first server of an empty cluster. Run once, on the machine that begins as the primary.
# ADMIN_PASSWORD_FILE, REPLICATOR_PASSWORD_FILE and BRIDGE_PASSWORD_FILE name files with one password each.
. "$(dirname "$0")/common.sh"
[ -e "$PGDATA/PG_VERSION" ] && fail "$PGDATA holds a database already; nothing was changed."
for file in "${ADMIN_PASSWORD_FILE:-ADMIN_PASSWORD_FILE}" "${REPLICATOR_PASSWORD_FILE:-REPLICATOR_PASSWORD_FILE}" \
  "${BRIDGE_PASSWORD_FILE:-BRIDGE_PASSWORD_FILE}"; do
  [ -s "$file" ] || fail "$file is empty or missing."
done

"$PGBIN/initdb" -D "$PGDATA" -U "$ADMIN" --pwfile="$ADMIN_PASSWORD_FILE" --auth-local=peer --auth-host=scram-sha-256 \
  --encoding=UTF8 --no-locale --data-checksums >/dev/null
cp "$CONF" "$PGDATA/hanpyo.conf"
cp "$HBA" "$PGDATA/pg_hba.conf"
{ echo "include 'hanpyo.conf'"; echo "port = $PORT"; } >>"$PGDATA/postgresql.conf"
$START

# Until a standby is there, a commit would wait for ever: these two lines do without, and no ballot is in danger yet. Passwords
# go in by standard input, so that no list of processes shows them.
set_password() {
  printf "SET synchronous_commit = local; %s PASSWORD '%s'" "$1" "$(sed "s/'/''/g" "$2")" |
    "$PGBIN/psql" -Xq -v ON_ERROR_STOP=1 -d "$(conninfo "$NODE" "$ADMIN") dbname=postgres"
}
set_password "CREATE ROLE $REPLICATOR LOGIN REPLICATION" "$REPLICATOR_PASSWORD_FILE"
set_password "CREATE ROLE hanpyo LOGIN" "$BRIDGE_PASSWORD_FILE"
"$PGBIN/psql" -Xq -v ON_ERROR_STOP=1 -d "$(conninfo "$NODE" "$ADMIN") dbname=postgres" <<SQL
SET synchronous_commit = local;
CREATE DATABASE hanpyo OWNER hanpyo;
REVOKE ALL ON DATABASE hanpyo, postgres, template1 FROM PUBLIC;
SQL
make_slots "$NODE"
say "$NODE is the primary. Now run setup-standby.sh $NODE on the two others; until then nothing can be stored."
