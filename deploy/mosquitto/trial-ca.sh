#!/bin/sh
# For a trial: an authority of one's own, and the broker's certificate for a host name.
# Usage: trial-ca.sh FOLDER HOST. Devices and PILOTBED_MQTT_CA get ca.pem, the broker server.pem and server.key;
# ca.key signs further certificates and belongs somewhere else.
set -eu
folder=$1
host=$2
umask 077
mkdir -p "$folder"
cd "$folder"

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 \
    -subj "/CN=pilotbed trial authority" -addext keyUsage=critical,keyCertSign,cRLSign \
    -keyout ca.key -out ca.pem
openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$host" \
    -keyout server.key -out server.csr
cat >server.ext <<END
subjectAltName=DNS:$host
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=serverAuth
authorityKeyIdentifier=keyid
END
openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 397 \
    -extfile server.ext -out server.pem
rm server.csr server.ext
chmod 644 ca.pem server.pem
