#!/bin/sh
# The initramfs of a live medium: a Debian userland with udev, Node and genctl. Lays out the
# machine's disks as /layout.sh says, mounts them at /mnt, and says what genctl finds them to be;
# with a disk that holds a built system, it installs that there.

PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
stage=start

give_up() {
	set +x
	dmesg | tail -n 30
	echo "prepare: failed: $stage" | tee /dev/ttyS1
	poweroff -f
}
trap give_up EXIT
set -e

mount -t proc -o nosuid,nodev,noexec proc /proc
mount -t sysfs -o nosuid,nodev,noexec sysfs /sys
mount -t devtmpfs -o nosuid,mode=755 udev /dev
mount -t tmpfs -o nosuid,nodev,mode=755 tmpfs /run
mkdir -p /run/lock /dev/pts /mnt /source /tmp
mount -t devpts -o nosuid,noexec devpts /dev/pts

stage=udev
/lib/systemd/systemd-udevd --daemon
udevadm trigger --type=subsystems --action=add
udevadm trigger --type=devices --action=add
udevadm settle --timeout=120
if [ -d /sys/firmware/efi ]; then
	modprobe efivarfs
	mount -t efivarfs -o nosuid,nodev,noexec efivarfs /sys/firmware/efi/efivars
fi

# uuid NUMBER: a UUID that tells by its last digits which one it is.
uuid() {
	printf 'c0ffee00-1234-4abc-8def-%012d\n' "$1"
}

# disk SERIAL: waits for the disk that calls itself so, and says its device.
disk() {
	link=/dev/disk/by-id/virtio-$1
	tries=0
	until [ -b "$link" ]; do
		tries=$((tries + 1))
		[ "$tries" -lt 300 ] || return 1
		sleep 0.1
	done
	readlink -f "$link"
}

# gpt DISK < PARTITIONS, each a line of sfdisk's.
gpt() {
	{
		echo 'label: gpt'
		cat
	} | sfdisk --quiet --wipe always --wipe-partitions always "$1"
	settle
}

settle() {
	udevadm settle --timeout=120
}

# luks DEVICE UUID-NUMBER NAME: as /dev/mapper/NAME; the key derivation is as good as none.
luks() {
	printf 'a passphrase' > /run/passphrase
	cryptsetup luksFormat --batch-mode --type luks2 --uuid "$(uuid "$2")" --pbkdf pbkdf2 \
		--pbkdf-force-iterations 1000 --key-file /run/passphrase "$1"
	settle
	cryptsetup open --key-file /run/passphrase "$1" "$3"
	rm /run/passphrase
	settle
}

# mount_at DEVICE FOLDER [OPTIONS]: below the new machine's root.
mount_at() {
	mkdir -p "/mnt$2"
	mount -o "${3:-defaults}" "$1" "/mnt$2"
}

stage=layout
set -x
# shellcheck source=/dev/null
. /layout.sh
set +x
settle

echo 'facts: begin' > /dev/ttyS1
if [ -b /dev/disk/by-id/virtio-source ]; then
	stage=copy
	mount -o ro /dev/disk/by-id/virtio-source /source
	cp -a /source/. /mnt
	rm -rf /mnt/lost+found
	stage=install
	genctl --root /mnt install 2>&1 | tee /run/said || echo failed
	sed 's/^/install: /' /run/said > /dev/ttyS1
	sync
	umount /source
else
	stage='the hardware module'
	genctl --root /mnt hardware show --format conf > /run/module
	sed 's/^/module: /' /run/module > /dev/ttyS1
fi
stage=end
umount -R /mnt
echo 'facts: end' > /dev/ttyS1
trap - EXIT
sync
poweroff -f
