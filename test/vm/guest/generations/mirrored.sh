#!/bin/sh
# The boot of a machine whose root is on mirrored disks, or on what is left of them. The first boot
# adds a package, as its owner would.
# shellcheck source=/dev/null
. /etc/genctl-test/questions.sh

echo "root-type=$(lsblk --noheadings --output TYPE "$(findmnt --noheadings --nofsroot --output SOURCE /)")"
echo "members=$(sed -n 's/.*\(\[[U_]*\]\)$/\1/p' /proc/mdstat)"
tell_walls
tell_generation booted
if [ -d /root/next ]; then
	cp -r /root/next/. /etc/genctl
	rm -r /root/next
	echo two > /etc/genctl/etc/motd
	try switch genctl switch
	tell_generation newer
	echo "state-newer=$(systemctl is-system-running)"
fi
try verify genctl menu verify
