# Read by the other scripts: settings, and a few words they share. Run them as the user that owns PGDATA (postgres).
set -eu
. "${HANPYO_DB_ENV:-/etc/hanpyo/db/cluster.env}"

say() { echo "$*" >&2; }
fail() { say "$*"; exit 1; }

# host_of NAME
host_of() {
  for pair in $NODES; do
    [ "${pair%%=*}" = "$1" ] && { echo "${pair#*=}"; return 0; }
  done
  fail "cluster.env names no server $1"
}

names() { for pair in $NODES; do echo "${pair%%=*}"; done; }

# conninfo NAME USER: how to reach a server
conninfo() { echo "host=$(host_of "$1") port=$PORT user=$2 connect_timeout=5 $CONN"; }

# ask NAME SQL: one value from a server
ask() { "$PGBIN/psql" -XAtq -v ON_ERROR_STOP=1 -d "$(conninfo "$1" "$ADMIN") dbname=postgres" -c "$2"; }

# primary_conninfo NAME: how this server reaches that one, for replication
primary_conninfo() { echo "$(conninfo "$1" "$REPLICATOR") application_name=$NODE"; }

# follow_in_file NAME: what this server, which is stopped, reads at its start
follow_in_file() {
  {
    echo "primary_conninfo = '$(primary_conninfo "$1")'"
    echo "primary_slot_name = '$NODE'"
  } >>"$PGDATA/postgresql.auto.conf"
}

# make_slots NAME: slots on that server for all others, so that it keeps WAL for each of them
make_slots() {
  for name in $(names); do
    [ "$name" = "$1" ] && continue
    ask "$1" "SELECT pg_create_physical_replication_slot('$name', true)
      WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = '$name')" >/dev/null
  done
}
