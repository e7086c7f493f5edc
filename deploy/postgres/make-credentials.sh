#!/bin/sh
# make-credentials.sh FOLDER: an authority for the database, a certificate for every server of cluster.env and for the bridges,
# and three passwords. Once, on a machine that is none of them; afterwards FOLDER goes into a safe, ca-key.pem in it above all.
#
#   FOLDER/ca-key.pem, *.password     stay; the passwords go to the first server for setup-primary.sh, for as long as it runs
#   FOLDER/n1, n2, n3                 for /etc/hanpyo/db of that server
#   FOLDER/bridge                     for the bridges
. "$(dirname "$0")/common.sh"
out=${1:?"usage: make-credentials.sh EMPTY-FOLDER"}
umask 077
mkdir -p "$out"
[ -z "$(ls -A "$out")" ] || fail "$out is not empty; nothing was changed."

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj "/CN=Hanpyo database" \
  -addext "keyUsage=critical,keyCertSign,cRLSign" -keyout "$out/ca-key.pem" -out "$out/ca.pem" 2>/dev/null

# issue FILE COMMON-NAME USAGE [SUBJECT-ALTERNATIVE-NAME]: FILE.pem and FILE-key.pem, good for two years
issue() {
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$2" -keyout "$1-key.pem" -out "$1.csr" 2>/dev/null
  printf '%s\n' "basicConstraints=critical,CA:FALSE" "keyUsage=critical,digitalSignature" "extendedKeyUsage=$3" \
    ${4:+"subjectAltName=$4"} >"$1.ext"
  openssl x509 -req -in "$1.csr" -CA "$out/ca.pem" -CAkey "$out/ca-key.pem" -set_serial "0x$(openssl rand -hex 16)" -days 730 \
    -extfile "$1.ext" -out "$1.pem" 2>/dev/null
  rm "$1.csr" "$1.ext"
}

for role in admin replicator bridge; do openssl rand -hex 24 >"$out/$role.password"; done
for name in $(names); do
  host=$(host_of "$name")
  case $host in
  *[!0-9.]*) alternative="DNS:$host" ;;
  *) alternative="IP:$host" ;;
  esac
  mkdir "$out/$name"
  cp "$out/ca.pem" "$out/$name/"
  issue "$out/$name/server" "$name" serverAuth "$alternative"
  issue "$out/$name/client" "$name" clientAuth
  printf '*:*:*:%s:%s\n' "$ADMIN" "$(cat "$out/admin.password")" "$REPLICATOR" "$(cat "$out/replicator.password")" \
    >"$out/$name/pgpass"
done
mkdir "$out/bridge"
cp "$out/ca.pem" "$out/bridge/db-ca.pem"
issue "$out/bridge/db-client" hanpyo clientAuth
cp "$out/bridge.password" "$out/bridge/db-password"
say "Everything is in $out. Each folder goes to its machine, over a way that nobody reads; README.md says where to."
