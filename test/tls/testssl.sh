#!/bin/sh
# What testssl.sh (package testssl.sh) finds in the server's defaults, above the level "low". Takes some
# minutes, so it is no part of the suite.
#
#     test/tls/testssl.sh BUILD_DIR [REPORT]
#
# Ends with 1 if there is such a finding, but for one of the certificate, which is made here: that it does
# not say where to ask whether it was withdrawn.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
work=$(mktemp -d)
report=${2:-$work/report}
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT

sh "$here/Inputs/certificates.sh" "$work/certificates"
"$build/bin/asyncc" -O2 -w -D_GNU_SOURCE "$here/Inputs/server.c" -o "$work/server" \
	-L"$build/lib" -lasyncc_tls -lssl -lcrypto
"$work/server" "$work/certificates" plain >"$work/said" &
server=$!
until grep -q port "$work/said"; do sleep 0.1; done
port=$(sed -n 's/.*on port //p' "$work/said")
testssl -p -s -f -P -S -U --quiet --color 0 --warnings batch --ip 127.0.0.1 --add-ca "$work/certificates/ca.crt" \
	--jsonfile "$work/findings" "server.test:$port" >"$report" || :
grep -q '"scanTime"' "$work/findings" || { tail -20 "$report"; exit 1; }
python3 - "$work/findings" <<'END'
import collections
import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    findings = json.load(file)
print(", ".join("%d %s" % (n, kind) for kind, n in collections.Counter(f["severity"] for f in findings).items()))
worth = [f for f in findings if f["severity"] in ("LOW", "MEDIUM", "HIGH", "CRITICAL", "FATAL")]
for f in worth:
    print(f["severity"], f["id"], f["finding"])
sys.exit(any(f["severity"] != "LOW" and f["id"] != "cert_revocation" for f in worth))
END
