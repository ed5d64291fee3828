#!/bin/sh
# The boot of a machine that has all in subvolumes of one btrfs, its kernels too where GRUB reads them.
# The first boot adds a package and GRUB, as its owner would.
# shellcheck source=/dev/null
. /etc/genctl-test/questions.sh
# Read by default_system.
# shellcheck disable=SC2034
esp=/boot/efi

if [ -d /sys/firmware/efi ]; then echo 'firmware=uefi'; else echo 'firmware=bios'; fi
for place in / /home /nix /var; do
	name=$(echo "$place" | tr / -)
	echo "subvolume-$name=$(findmnt --noheadings --output FSROOT "$place")"
	echo "options-$name=$(findmnt --noheadings --output OPTIONS "$place")"
done
tell_walls
tell_generation booted
if [ -d /root/next ]; then
	cp -r /root/next/. /etc/genctl
	rm -r /root/next
	echo two > /etc/genctl/etc/motd
	try switch genctl switch
	tell_generation newer
	try back genctl switch 1
	tell_generation older
	try again genctl switch 2
	cat >> /etc/genctl/system.conf <<- 'END_OF_SECTIONS'
		[boot.loader]
		kind = systemd-boot
		kind = grub
		[boot.loader.grub]
		device = /dev/vda
		efiSupport = false
		serial = --unit=0 --speed=115200
		terminalInput = serial
		terminalOutput = serial
	END_OF_SECTIONS
	try grub genctl switch
	echo "kernels=$(find /boot -xdev -type f -size +4M | grep -c .)"
	echo "state-at-last=$(systemctl is-system-running)"
fi
try verify genctl menu verify
