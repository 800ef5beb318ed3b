# certificates.sh DIR: authorities, and certificates good and bad, in PEM files made now.
#
#     ca         the authority; ca.crt
#     other      another one
#     server     server.test, localhost, *.wild.test, 127.0.0.1, ::1; rsa: the same with an RSA key
#     second     second.test
#     chain      deep.test, signed by middle, which ca has signed; both in chain.crt
#     expired, future    for server.test, no longer and not yet valid
#     selfsigned         for server.test, by itself
#     stranger           for server.test, by the other authority
#     purpose            for server.test, but for clients only
#     client, foreign    a client's; one by the other authority
set -eu
mkdir -p "$1"
cd "$1"

key() {
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key" 2>log || {
		cat log >&2
		exit 1
	}
}

authority() {
	key "$1"
	openssl req -x509 -new -key "$1.key" -subj "/CN=asyncc test authority $1" -days 90 -out "$1.crt" \
		-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
}

# issue NAME AUTHORITY START END EXTENSION...: of a key that there is.
issue() {
	name=$1 by=$2 start=$3 end=$4
	shift 4
	printf '%s\n' '[ext]' "$@" >"$name.ext"
	openssl req -new -key "$name.key" -subj "/CN=$name" -out "$name.csr"
	openssl ca -batch -notext -config ca.cnf -cert "$by.crt" -keyfile "$by.key" -in "$name.csr" \
		-out "$name.crt" -startdate "$start" -enddate "$end" -extfile "$name.ext" -extensions ext 2>log || {
		cat log >&2
		exit 1
	}
}

cat >ca.cnf <<'END'
[ca]
default_ca = all
[all]
database = index
serial = serial
new_certs_dir = .
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
END
: >index
echo 1000 >serial
day() {
	date -u -d "$1 days" +%Y%m%d%H%M%SZ
}
past=$(day -20) before=$(day -1) after=$(day 90) later=$(day 120)
here=subjectAltName=DNS:server.test,DNS:localhost,DNS:*.wild.test,IP:127.0.0.1,IP:::1
for name in server second middle chain expired future selfsigned stranger purpose client foreign; do
	key $name
done
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.key 2>log
authority ca
authority other
issue server ca "$before" "$after" $here
issue rsa ca "$before" "$after" $here
issue second ca "$before" "$after" subjectAltName=DNS:second.test
issue middle ca "$before" "$after" basicConstraints=critical,CA:TRUE keyUsage=critical,keyCertSign
issue chain middle "$before" "$after" subjectAltName=DNS:deep.test
cat middle.crt >>chain.crt
issue expired ca "$past" "$before" $here
issue future ca "$after" "$later" $here
issue stranger other "$before" "$after" $here
issue purpose ca "$before" "$after" $here extendedKeyUsage=clientAuth
issue client ca "$before" "$after" extendedKeyUsage=clientAuth
issue foreign other "$before" "$after" extendedKeyUsage=clientAuth
openssl req -x509 -new -key selfsigned.key -subj /CN=server.test -days 90 -out selfsigned.crt -addext $here
openssl rsa -in rsa.key -aes128 -passout pass:secret -out locked.key 2>log
