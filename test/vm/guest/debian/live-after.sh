#!/bin/sh
# The boot after: nothing is left of what `genctl test` has activated.
# shellcheck source=/dev/null
. /usr/lib/genctl-test/facts.sh

if [ "$(default_system)" = "$(cat "$(dirname "$0")/default")" ]; then echo 'default=as-before'; fi
if [ "$(readlink /run/booted-system)" = "$(default_system)" ]; then echo 'booted=default'; fi
if [ "$(readlink /run/current-system)" = "$(default_system)" ]; then echo 'active=default'; fi
echo "settings=$(cat /etc/settings)"
echo "changed=$(definition_of changed.service)"
echo "added=$(systemctl is-active added.service)"
try recover genctl recover --json
