#!/bin/sh
# Registers, discovers and configures with nothing but curl and dig.
# Usage: curl-and-dig.sh URL DNS_ADDRESS DNS_PORT. Prints what it sees; stops at the first command that fails.
set -eu
url=$1 dns=$2 port=$3

call() { curl --silent --show-error --fail --output /dev/null "$@"; }
# Its lines are joined where it is used, so it stands there without quotes.
look() { dig "@$dns" -p "$port" +short +norecurse "$@" | sort; }

call --request PUT --data '{"address": "10.0.0.5", "port": 8080}' "$url/v1/services/web/instances/web-1"
call --request PUT --data '{"address": "10.0.0.6", "port": 8080, "tags": ["canary"]}' "$url/v1/services/web/instances/web-2"
echo "registered:" $(look web.svc.internal A)
echo "ports:" $(look web.svc.internal SRV)
echo "canary:" $(look canary.web.svc.internal A)

call --request PUT --data '{"color": "green"}' "$url/v1/services/web/config"
echo "configured:" $(look _config.web.svc.internal TXT)

call --request PUT --data '{"reason": "new disk", "untilSeconds": 600}' "$url/v1/services/web/instances/web-1/maintenance"
echo "in maintenance:" $(look web.svc.internal A)
call --request DELETE "$url/v1/services/web/instances/web-1/maintenance"

for id in web-1 web-2; do call --request DELETE "$url/v1/services/web/instances/$id"; done
echo "deregistered:" $(look web.svc.internal A)
