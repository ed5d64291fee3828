# shellcheck shell=sh
# What installers make when told to encrypt: one LUKS partition, in it a volume group.
a=$(disk disk0)
gpt "$a" <<END
size=128M, type=U
type=L
END
mkfs.vfat -F 32 -i 1234ABCD "${a}1" > /dev/null
luks "${a}2" 1 crypt
pvcreate --quiet --yes /dev/mapper/crypt
vgcreate -q atlas-vg /dev/mapper/crypt
lvcreate -q -y -L 64M -n swap atlas-vg
lvcreate -q -y -l 100%FREE -n root atlas-vg
settle
mkfs.ext4 -q -m 0 -U "$(uuid 2)" -E lazy_itable_init=1,lazy_journal_init=1 /dev/atlas-vg/root
mkswap -q -U "$(uuid 3)" /dev/atlas-vg/swap
settle
mount_at /dev/mapper/atlas--vg-root /
mount_at "${a}1" /boot umask=0077
swapon /dev/mapper/atlas--vg-swap
