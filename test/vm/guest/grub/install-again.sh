#!/bin/sh
# GRUB is installed anew twice, though nothing has changed. The test asserts the `name=value` lines:
# what the firmware's own menu has before and after each, and the programs on the ESP.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin

# What udev notes of partitions elsewhere: by it genctl knows which entries lead to its own ESP.
mkdir -p /run/udev/data
for partition in /sys/class/block/vd??*; do
	blkid -p -o udev "/dev/${partition##*/}" | sed 's/^/E:/' > "/run/udev/data/b$(cat "$partition/dev")"
done

vendor=8be4df61-93ca-11d2-aa0d-00e098032b8c

# A file of a variable begins with 4 bytes of attributes; numbers are of 2 bytes, text is UTF-16.
show_firmware() { # when
	order=$(tail -c +5 "/sys/firmware/efi/efivars/BootOrder-$vendor" | hexdump -v -e '1/2 "%04X "')
	echo "order-$1=$order"
	for file in /sys/firmware/efi/efivars/Boot[0-9A-F][0-9A-F][0-9A-F][0-9A-F]-"$vendor"; do
		number=${file##*/Boot}
		text=$(tail -c +5 "$file" | tr -d '\000' | tr -c '!-~' ' ')
		echo "option-$1-$(echo "${number%%-*}" | tr A-F a-f)=$text"
	done
	echo "programs-$1=$(cd /boot/efi && echo EFI/*/*)"
}

show_firmware first
genctl loader install 2>&1
echo "install=$?"
show_firmware second
genctl loader install 2>&1
echo "install-again=$?"
show_firmware third
