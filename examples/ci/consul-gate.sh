#!/bin/sh
# A health gate for hosts, to be the ValidateService script of an AppSpec: the event succeeds when Consul says that this
# host's instance of the service passes all its checks, and fails with the last answer when that does not come in time.
#
#   CONSUL_SERVICE   the service's name; the application's by default
#   CONSUL_NODE      this host's name in Consul; `hostname` by default
#   CONSUL_HTTP_ADDR, CONSUL_HTTP_TOKEN   as Consul's own tools know them
#   GATE_SECONDS     how long to wait; 120 by default, less than the script's timeout in the AppSpec
set -eu
service=${CONSUL_SERVICE:-${APPLICATION_NAME:?}}
node=${CONSUL_NODE:-$(hostname)}
address=${CONSUL_HTTP_ADDR:-127.0.0.1:8500}
case $address in http://* | https://*) ;; *) address=http://$address ;; esac
end=$(($(date +%s) + ${GATE_SECONDS:-120}))
body=$(mktemp)
trap 'rm -f "$body"' EXIT

while :; do
    # The token goes through a file descriptor: arguments can be seen by everybody on the host.
    if printf 'X-Consul-Token: %s\n' "${CONSUL_HTTP_TOKEN:-}" |
        curl --silent --show-error --fail --max-time 5 --header @- --output "$body" --get \
            --data-urlencode 'passing=true' --data-urlencode "filter=Node.Node == \"$node\"" \
            "$address/v1/health/service/$service" 2>&1; then
        if grep -q '"Service"' "$body"; then
            echo "$service passes its checks on $node."
            exit 0
        fi
        echo "$service does not pass its checks on $node yet."
    fi
    if [ "$(date +%s)" -ge "$end" ]; then
        echo "$service did not pass its checks on $node within ${GATE_SECONDS:-120} s; Consul said: $(head -c 500 "$body")" >&2
        exit 1
    fi
    sleep "${GATE_PAUSE:-2}"
done
