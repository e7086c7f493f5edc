#!/bin/sh
# promote.sh [--one-is-lost-for-good]: makes one of the standbys the primary after the primary was lost. Run on any machine.
#
# Of an acknowledged ballot the lost primary had a copy, and *one* of the two standbys. So the standby that has received more
# is promoted, and that can only be said when both answer. With one of them, wait until the other is back: ballots wait in the
# kiosks. --one-is-lost-for-good goes on without it, and can lose ballots that were acknowledged since it stopped receiving.
. "$(dirname "$0")/common.sh"
forced=no
[ "${1:-}" = --one-is-lost-for-good ] && forced=yes
primaries='' standbys='' best='' best_at=-1 answers=0
for name in $(names); do
  # Position in the WAL as a number; what has been replayed counts too, after a restart nothing has been received yet.
  state=$(ask "$name" "SELECT pg_is_in_recovery() || ' ' || CASE WHEN pg_is_in_recovery() THEN
    greatest(coalesce(pg_last_wal_receive_lsn(), '0/0'), coalesce(pg_last_wal_replay_lsn(), '0/0')) - '0/0' ELSE 0 END" 2>/dev/null) || {
    say "$name does not answer."
    continue
  }
  case $state in
  false*) primaries="$primaries $name" ;;
  true*)
    at=${state#true }
    answers=$((answers + 1)) standbys="$standbys $name"
    say "$name is a standby and has received up to byte $at."
    [ "$at" -gt "$best_at" ] && best=$name best_at=$at
    ;;
  esac
done
[ -z "$primaries" ] || fail "There is a primary:$primaries. Nothing was changed. If it has to go, stop it first (fence.sh)."
[ "$answers" -gt 0 ] || fail "No standby answers; nothing was changed."
if [ "$answers" -lt 2 ] && [ $forced = no ]; then
  fail "Only $best answers. The other standby may have ballots that $best has not: bring it back and run this again. Nothing was changed, and no ballot is lost by waiting. (If it is lost for good: --one-is-lost-for-good.)"
fi
say "Before going on, the old primary has to be off: fence.sh on its machine, or its power or network port."
say "$best has received most and becomes the primary."
[ "$(ask "$best" 'SELECT pg_promote(true, 60)')" = t ] || fail "$best has not become the primary within a minute; see its log."
make_slots "$best"
for name in $standbys; do
  [ "$name" = "$best" ] && continue
  NODE=$name
  ask "$name" "ALTER SYSTEM SET primary_conninfo = '$(primary_conninfo "$best")'"
  ask "$name" "ALTER SYSTEM SET primary_slot_name = '$name'"
  ask "$name" 'SELECT pg_reload_conf()' >/dev/null
  say "$name follows $best."
done
ask "$best" CHECKPOINT
say "Done. The bridges find $best by themselves. The old primary comes back with rejoin.sh $best."
