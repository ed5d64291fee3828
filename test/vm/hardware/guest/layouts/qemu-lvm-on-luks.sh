# shellcheck shell=sh
# What installers make when told to encrypt: one LUKS partition, in it a volume group.
a=$(disk 1)
gpt "$a" 100 <<END
size=40M, type=U
size=400M, type=L
END
vfat "$(part "$a" 1)" 1234ABCD
luks "$(part "$a" 2)" 1 crypt
pv /dev/mapper/crypt 1
vgcreate -q vg-secrethost /dev/mapper/crypt
lvcreate -q -y -L 180M -n root vg-secrethost
lvcreate -q -y -L 32M -n swap vg-secrethost
lvcreate -q -y -L 64M -n home vg-secrethost
fix_volume_group vg-secrethost
ext4 /dev/vg-secrethost/root 2
mkswap -q -U "$(uuid 3)" /dev/vg-secrethost/swap
ext4 /dev/vg-secrethost/home 4
settle
as_mounted /dev/mapper/vg--secrethost-root / relatime
as_mounted /dev/mapper/vg--secrethost-home /home relatime,nodev,nosuid
as_mounted "$(part "$a" 1)" /boot umask=0077
swapon /dev/mapper/vg--secrethost-swap
