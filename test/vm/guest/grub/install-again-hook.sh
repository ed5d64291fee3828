#!/bin/sh
# GRUB is installed anew, though nothing has changed. The test asserts the `name=value` lines: what
# the firmware's own menu has before and after it, and the folders of programs on the ESP.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin

vendor=8be4df61-93ca-11d2-aa0d-00e098032b8c

# A file of a variable begins with 4 bytes of attributes; numbers are of 2 bytes, text is UTF-16.
numbers() { # name of a variable
	tail -c +5 "/sys/firmware/efi/efivars/$1-$vendor" | hexdump -v -e '1/2 "%04X "'
}

show_firmware() { # when
	echo "order-$1=$(numbers BootOrder)"
	for file in /sys/firmware/efi/efivars/Boot[0-9A-F][0-9A-F][0-9A-F][0-9A-F]-"$vendor"; do
		number=${file##*/Boot}
		text=$(tail -c +5 "$file" | tr -d '\000' | tr -c '!-~' ' ')
		echo "option-$1-$(echo "${number%%-*}" | tr A-F a-f)=$text"
	done
	echo "folders-$1=$(cd /boot/efi/EFI && echo *)"
}

echo "started=$(numbers BootCurrent)"
show_firmware before
genctl loader install 2>&1
echo "install=$?"
show_firmware after
echo "verified-again=$(genctl menu verify --json)"
