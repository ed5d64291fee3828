# shellcheck shell=sh
# A cloud-like machine: xfs, ext4 for /boot, swap file.
a=$(disk 1)
mbr "$a" 0x0ddba115 <<END
size=64M, type=83, bootable
size=400M, type=83
END
ext4 "$(part "$a" 1)" 1 -L boot
mkfs.xfs -q -f -m uuid="$(uuid 2)" -L root "$(part "$a" 2)"
settle
as_mounted "$(part "$a" 2)" / defaults
as_mounted "$(part "$a" 1)" /boot defaults
dd if=/dev/zero of=/newroot/swapfile bs=1M count=8 2> /dev/null
chmod 600 /newroot/swapfile
mkswap -q -U "$(uuid 3)" /newroot/swapfile
swapon /newroot/swapfile
