#!/bin/sh
# After a power cut within a switch: recovery, and that everything works again. The test asserts the
# `name=value` lines.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin

echo "recover=$(genctl recover --json)"
echo "sync=$(genctl menu sync --json)"
echo "status=$(genctl status --json)"
echo "partial=$(find /boot -name '*.part' | wc -l)"
genctl switch
echo "switch=$?"
echo "motd=$(cat /etc/motd)"
echo "verified=$(genctl menu verify --json)"
