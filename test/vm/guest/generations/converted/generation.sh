#!/bin/sh
# The boot of a generation, on what was a plain Debian.
# shellcheck source=/dev/null
. /etc/genctl-test/tell.sh
try status genctl status
try switch genctl switch
