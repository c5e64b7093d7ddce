#!/bin/sh
# Writes coturn's configuration from variables and becomes coturn. Credentials are made by the node and expire.
set -eu
: "${TAKAN_TURN_SECRET:?set TAKAN_TURN_SECRET}" "${TAKAN_TURN_REALM:?set TAKAN_TURN_REALM}"
: "${TAKAN_TURN_PEERS:?set TAKAN_TURN_PEERS to the IP addresses of TAKAN_MEDIA_PUBLIC_HOST}"
umask 077
directory=$(mktemp -d)
{
  echo "use-auth-secret"
  echo "static-auth-secret=$TAKAN_TURN_SECRET"
  echo "realm=$TAKAN_TURN_REALM"
  echo "listening-port=${TAKAN_TURN_PORT:-3478}"
  [ -z "${TAKAN_TURN_LISTEN:-}" ] || echo "listening-ip=$TAKAN_TURN_LISTEN"
  if [ -n "${TAKAN_TURN_CERT:-}" ]; then
    echo "tls-listening-port=${TAKAN_TURN_TLS_PORT:-5349}"
    echo "cert=$TAKAN_TURN_CERT"
    echo "pkey=${TAKAN_TURN_KEY:?set TAKAN_TURN_KEY}"
  else
    echo "no-tls"
    echo "no-dtls"
  fi
  echo "no-cli"
  echo "fingerprint"
  echo "userdb=$directory/turndb"
  echo "pidfile=$directory/turn.pid"
  echo "log-file=stdout"
  # Whoever takes part in a survey must not reach, through the relay, whatever this machine reaches.
  echo "denied-peer-ip=0.0.0.0-255.255.255.255"
  echo "denied-peer-ip=::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
  for peer in $(echo "$TAKAN_TURN_PEERS" | tr ',' ' '); do echo "allowed-peer-ip=$peer"; done
} >"$directory/turnserver.conf"
exec turnserver -c "$directory/turnserver.conf"
