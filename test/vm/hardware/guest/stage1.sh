#!/bin/sh
# The initramfs of a machine to be captured: a Debian userland with udev. Lays out the machine's
# disks as /layout.sh says, mounts them as an installed system has them, and starts /stage2.sh on
# the new root. All UUIDs are fixed: a second run gives the same facts.

PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
stage=start

give_up() {
	set +x
	dmesg | tail -n 30
	ls -l /dev/disk/by-id || true
	echo "stage 1: failed: $stage" | tee /dev/ttyS1
	poweroff -f
}
trap give_up EXIT
set -e

mount -t proc -o nosuid,nodev,noexec proc /proc
mount -t sysfs -o nosuid,nodev,noexec sysfs /sys
mount -t devtmpfs -o nosuid,size=4096k,mode=755 udev /dev
mount -t tmpfs -o nosuid,nodev,noexec,size=10%,mode=755 tmpfs /run
mkdir -p /run/lock /run/udev /dev/pts /dev/shm /newroot
mount -t devpts -o nosuid,noexec,gid=5,mode=620,ptmxmode=000 devpts /dev/pts
mount -t tmpfs -o nosuid,nodev tmpfs /dev/shm
# A name that no capture may show.
hostname secrethost

stage=udev
/lib/systemd/systemd-udevd --daemon
udevadm trigger --type=subsystems --action=add
udevadm trigger --type=devices --action=add
udevadm settle --timeout=600
[ -d /sys/firmware/efi ] && modprobe efivarfs &&
	mount -t efivarfs -o nosuid,nodev,noexec efivarfs /sys/firmware/efi/efivars

# uuid NUMBER: a UUID that tells by its last digits which one it is.
uuid() {
	printf 'c0ffee00-1234-4abc-8def-%012d\n' "$1"
}

# disk NUMBER: the device of the disk with that serial number. Some drivers look for disks long after
# they were loaded.
disk() {
	set +x
	tries=0
	while [ "$tries" -lt 3000 ]; do
		for link in /dev/disk/by-id/*SECRETSERIAL"$1"*; do
			case $link in
				*-part*) ;;
				*) [ -b "$link" ] && readlink -f "$link" && return ;;
			esac
		done
		tries=$((tries + 1))
		sleep 0.1
	done
	echo "no disk with serial number SECRETSERIAL$1" >&2
	return 1
}

# gpt DISK NUMBER < PARTITIONS, each a line of sfdisk's; partition N gets UUID NUMBER + N.
gpt() {
	{
		echo 'label: gpt'
		echo "label-id: $(uuid "$2")"
		number=$2
		while read -r line; do
			number=$((number + 1))
			echo "$line, uuid=$(uuid "$number")"
		done
	} | sfdisk --quiet --wipe always "$1"
	settle
}

# mbr DISK ID < PARTITIONS
mbr() {
	{
		echo 'label: dos'
		echo "label-id: $2"
		cat
	} | sfdisk --quiet --wipe always "$1"
	settle
}

# appears DEVICE: waits for it.
appears() {
	tries=0
	until [ -b "$1" ]; do
		tries=$((tries + 1))
		[ "$tries" -lt 3000 ]
		sleep 0.1
	done
	settle
}

settle() {
	udevadm settle --timeout=600
}

# part DISK NUMBER: the partition's device.
part() {
	case $1 in
		*[0-9]) echo "$1p$2" ;;
		*) echo "$1$2" ;;
	esac
}

# ext4 DEVICE UUID-NUMBER [OPTION...]
ext4() {
	device=$1 number=$2
	shift 2
	mkfs.ext4 -q -F -m 0 -U "$(uuid "$number")" "$@" "$device"
}

# vfat DEVICE ID [LABEL]
vfat() {
	mkfs.vfat -F 32 -s 1 -i "$2" ${3:+-n "$3"} "$1" > /dev/null
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

# pv DEVICE DIGIT: a physical volume with a UUID of that digit.
pv() {
	pvcreate --quiet --yes --norestorefile \
		--uuid "$2$2$2$2$2$2-$2$2$2$2-$2$2$2$2-$2$2$2$2-$2$2$2$2-$2$2$2$2-$2$2$2$2$2$2" "$1"
}

# fix_volume_group NAME: gives it and its volumes UUIDs of one letter each, which lvm makes at random.
fix_volume_group() {
	vgchange --quiet -a n "$1"
	vgcfgbackup --quiet -f /run/group "$1"
	awk '
		/^[ \t]*id = / && !/1111|2222/ {
			letter = substr("abcdefghijklmnopqrst", ++count, 1)
			gsub(/"[^"]*"/, "\"xxxxxx-xxxx-xxxx-xxxx-xxxx-xxxx-xxxxxx\"")
			gsub(/x/, letter)
		}
		{ print }
	' /run/group > /run/group.fixed
	vgcfgrestore --quiet --yes --force -f /run/group.fixed "$1"
	vgchange --quiet -a y "$1"
	settle
}

# as_mounted DEVICE FOLDER OPTIONS [TYPE]: below the new root.
as_mounted() {
	mkdir -p "/newroot$2"
	mount ${4:+-t "$4"} -o "$3" "$1" "/newroot$2"
}

stage=layout
set -x
# shellcheck source=/dev/null
. /layout.sh
set +x
settle

stage='the new root'
cd /newroot
mkdir -p bin dev etc lib lib64 proc run sys tmp usr var
cp /bin/busybox bin/busybox
chroot . /bin/busybox --install -s /bin
rm -f bin/blkid
cp /sbin/blkid bin/blkid
cp -L /lib64/ld-linux-x86-64.so.2 lib64/
cp -L /lib/x86_64-linux-gnu/libc.so.6 /usr/lib/x86_64-linux-gnu/libblkid.so.1 lib/
cp /capture-hw /stage2.sh .
# Node and genctl, where the test wants to have this machine probed from inside as well.
if [ -d /live ]; then
	mkdir /run/live
	mount -t tmpfs -o size=400m,mode=755 live /run/live
	cp -r /live/. /run/live
fi
udevadm control --exit
for folder in dev proc sys run; do
	mount --move "/$folder" "/newroot/$folder"
done
trap - EXIT
# As switch_root does it, without deleting the old root's files: that takes seconds, and the new
# root's mount table is the same.
mount --move . /
exec chroot . /bin/sh /stage2.sh
