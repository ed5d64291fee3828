#!/bin/sh
# The power goes in the middle of a live switch, when /etc has begun to change.
# shellcheck source=/dev/null
. /etc/genctl-test/questions.sh

is_changing() {
	[ "$(cat /etc/motd)" = one ]
}

genctl switch 1 > /dev/null 2>&1 &
await is_changing
# Nothing that the kernel still has to write is written.
echo o > /proc/sysrq-trigger
sleep 600
