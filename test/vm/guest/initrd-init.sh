#!/bin/sh
# The initrd of the test machines: loads modules, mounts root=, executes init=. Everything else is
# the business of what init= names, so that one initrd serves every generation.

mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs -o mode=0755,nosuid,nodev run /run

fail() {
	echo "initrd: $*"
	poweroff -f
}

while read -r module; do
	insmod "/modules/$module.ko" || echo "initrd: module $module was not loaded"
done < /modules/order

root=
rootfstype=ext4
rootflags=rw
init=/sbin/init
# shellcheck disable=SC2013 # the kernel's parameters are words
for parameter in $(cat /proc/cmdline); do
	case $parameter in
		root=*) root=${parameter#root=} ;;
		rootfstype=*) rootfstype=${parameter#rootfstype=} ;;
		rootflags=*) rootflags=rw,${parameter#rootflags=} ;;
		init=*) init=${parameter#init=} ;;
	esac
done

# The device appears some time after its driver was loaded.
tries=0
device=
while [ -z "$device" ]; do
	case $root in
		LABEL=* | UUID=*) device=$(findfs "$root" 2> /dev/null) ;;
		*) [ -b "$root" ] && device=$root ;;
	esac
	tries=$((tries + 1))
	[ "$tries" -gt 6000 ] && fail "root=$root did not appear"
	[ -n "$device" ] || sleep 0.1
done

mount -t "$rootfstype" -o "$rootflags" "$device" /root || fail "$device could not be mounted"
# A link is followed in the new root only, not here.
[ -e "/root$init" ] || [ -L "/root$init" ] || fail "there is no $init on $root"
for folder in dev proc sys run; do
	mount --move "/$folder" "/root/$folder" || fail "there is no folder /$folder on $root"
done
# When stage 2 began, for those who measure it.
: > /root/run/stage-2-began
exec switch_root /root "$init"
