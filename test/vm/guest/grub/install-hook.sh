#!/bin/sh
# GRUB and the first generations onto the disks of a machine that boots none yet; afterwards
# `/next-hook`, if there is one, is what each boot runs. The test asserts the `name=value` lines.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin

rm /test-hook

# Names that stay the same when a disk is pulled: what udev does elsewhere.
mkdir -p /dev/disk/by-id
for disk in /sys/block/vd*; do
	[ -s "$disk/serial" ] && ln -s "/dev/${disk##*/}" "/dev/disk/by-id/virtio-$(cat "$disk/serial")"
done

run_lines() { # name of a fact, script
	[ -e "$2" ] || return
	sh -e "$2" 2> /tmp/said
	echo "$1=$?"
	cat /tmp/said
}

run_lines at-first /at-first
for declared in /boot-parts/declared-*; do
	cp -r "$declared/." /etc/genctl/
	genctl switch 2> /tmp/said
	echo "switch-${declared##*-}=$?"
	cat /tmp/said
done
echo "verified=$(genctl menu verify --json)"
echo "again=$(genctl switch --json)"

[ -e /next-hook ] && mv /next-hook /test-hook
run_lines at-last /at-last
exit 0
