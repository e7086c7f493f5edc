#!/bin/sh
# One line for each server: what it is, how far it is, who confirms it.
. "$(dirname "$0")/common.sh"
for name in $(names); do
  line=$(ask "$name" "SELECT CASE WHEN pg_is_in_recovery()
    THEN 'standby   received ' || coalesce(pg_last_wal_receive_lsn()::text, '-') || '  from ' ||
      coalesce((SELECT CASE status WHEN 'streaming' THEN 'a primary that streams' ELSE status END FROM pg_stat_wal_receiver), 'nobody')
    ELSE 'primary   written  ' || pg_current_wal_flush_lsn() || '  confirmed by ' ||
      coalesce((SELECT string_agg(application_name || ' (' || sync_state || ', ' || flush_lsn || ')', ', ')
        FROM pg_stat_replication), 'nobody: NOTHING CAN BE STORED') END" 2>/dev/null) || line='does not answer'
  echo "$name  $line"
done
