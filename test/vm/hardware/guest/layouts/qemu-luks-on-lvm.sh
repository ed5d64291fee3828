# shellcheck shell=sh
# The other way round: a volume of its own for each encrypted file system.
a=$(disk 1)
mbr "$a" 0x00c0ffee <<END
size=64M, type=83, bootable
size=500M, type=8e
END
ext4 "$(part "$a" 1)" 1 -L boot
pv "$(part "$a" 2)" 2
vgcreate -q system "$(part "$a" 2)"
lvcreate -q -y -L 200M -n root system
lvcreate -q -y -L 48M -n swap system
fix_volume_group system
luks /dev/system/root 2 root_crypt
luks /dev/system/swap 3 swap_crypt
ext4 /dev/mapper/root_crypt 4
mkswap -q -U "$(uuid 5)" /dev/mapper/swap_crypt
settle
as_mounted /dev/mapper/root_crypt / relatime
as_mounted "$(part "$a" 1)" /boot relatime
swapon /dev/mapper/swap_crypt
