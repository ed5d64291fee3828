#!/bin/sh
# The boot of plain Debian, before genctl has changed anything.
# shellcheck source=/dev/null
. /etc/genctl-test/tell.sh
try init genctl init --from-debian
