#!/bin/sh
# A machine with an ESP on each of two disks, boot by boot. The test asserts the `name=value` lines.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin

echo "mounts=$(sed -n 's/^[^ ]* \([^ ]*\) vfat .*/\1/p' /proc/mounts | tr '\n' ' ')"

if ! grep -q ' /boot vfat ' /proc/mounts; then
	# The first disk was pulled. Done once: the next boot shows what it has led to.
	[ "$(cat /etc/genctl/etc/motd)" = three ] && exit 0
	echo three > /etc/genctl/etc/motd
	genctl switch 2> /tmp/said
	echo "switch=$?"
	echo "said=$(tr '\n' ' ' < /tmp/said)"
	echo "motd=$(cat /etc/motd)"
	exit
fi

[ -e /synced ] && exit 0
echo "verify=$(genctl menu verify --json 2> /dev/null)"
[ "$(cat /etc/genctl/etc/motd)" = three ] || exit 0
touch /synced
genctl menu sync
echo "sync=$?"
echo "verify-after=$(genctl menu verify --json)"
echo "again=$(genctl menu sync --json)"
