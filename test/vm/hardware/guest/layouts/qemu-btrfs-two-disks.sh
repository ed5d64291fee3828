# shellcheck shell=sh
# One file system over two whole disks; the kernel shows only one of them as its source.
a=$(disk 1)
b=$(disk 2)
c=$(disk 3)
gpt "$c" 100 <<END
size=40M, type=U
END
vfat "$(part "$c" 1)" 1234ABCD
# Each member is made known to the kernel by its name in /dev.
modprobe btrfs
mkfs.btrfs -q -f -U "$(uuid 1)" -m raid1 -d raid1 "$a" "$b"
settle
as_mounted "$a" / relatime btrfs
as_mounted "$(part "$c" 1)" /boot umask=0077
