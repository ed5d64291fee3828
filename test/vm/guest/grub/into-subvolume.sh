#!/bin/sh
# Started as init at the top of a btrfs: moves the machine into a subvolume `@` with all that is
# there, and starts its own init in it. At the top nothing is left of what GRUB reads.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin

device=$(sed -n 's|^\(/dev/[^ ]*\) / btrfs .*|\1|p' /proc/mounts)
mkdir -p /mnt
btrfs subvolume snapshot / /@ > /dev/null
mount -t btrfs -o rw,subvol=@ "$device" /mnt
# shellcheck disable=SC2114 # of this machine, which has all of it below @
rm -rf /boot /nix /boot-parts
for folder in dev proc sys run; do
	mount --move "/$folder" "/mnt/$folder"
done
cd /mnt || exit
pivot_root . mnt
umount -l /mnt
exec /sbin/init
