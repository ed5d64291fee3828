#!/bin/sh
# The boot of plain Debian, after a generation had the machine.
# shellcheck source=/dev/null
. /etc/genctl-test/tell.sh
try switch genctl switch
