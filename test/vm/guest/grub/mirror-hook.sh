#!/bin/sh
# The machine without its first disk makes a new generation. The test asserts the `name=value` lines.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin

# The next boot only shows what this one has led to.
rm /test-hook

mkdir -p /dev/disk/by-id
for disk in /sys/block/vd*; do
	[ -s "$disk/serial" ] && ln -s "/dev/${disk##*/}" "/dev/disk/by-id/virtio-$(cat "$disk/serial")"
done

echo 'generation 3' > /etc/genctl/etc/motd
genctl switch 2> /tmp/said
echo "switch=$?"
echo "said=$(tr '\n' ' ' < /tmp/said)"
