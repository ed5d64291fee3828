#!/bin/sh
# First boot: a switch between two marks in the disk's log of writes. Boots after a power cut in
# between: recovery, and that everything works again. The test asserts the `name=value` lines.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin

# Into the gap behind the partition table, where nobody else writes.
mark() {
	sync
	echo "genctl-test: $1" | dd of=/dev/vda bs=512 seek=100 conv=notrunc,fsync 2> /dev/null
}

if [ ! -e /armed ]; then
	touch /armed
	echo three > /etc/genctl/etc/motd
	cp /boot-parts/next/* /boot-parts/
	mark begin
	genctl switch
	echo "switch=$?"
	mark end
	exit
fi

echo "recover=$(genctl recover --json)"
echo "sync=$(genctl menu sync --json)"
echo "status=$(genctl status --json)"
echo "partial=$(find /boot/loader/entries /boot/EFI /boot/loader/genctl -name '*.part' | wc -l)"
genctl switch
echo "switch=$?"
echo "motd=$(cat /etc/motd)"
echo "again=$(genctl switch --json)"
