# shellcheck shell=sh
# LVM does the mirroring, on whole disks; the root cannot be mounted without dm-raid and raid1.
a=$(disk 1)
b=$(disk 2)
c=$(disk 3)
gpt "$c" 100 <<END
size=40M, type=U
END
vfat "$(part "$c" 1)" 1234ABCD
pv "$a" 1
pv "$b" 2
vgcreate -q vg0 "$a" "$b"
lvcreate -q -y --type raid1 --mirrors 1 --nosync -L 180M -n root vg0
fix_volume_group vg0
ext4 /dev/vg0/root 1
settle
as_mounted /dev/mapper/vg0-root / relatime
as_mounted "$(part "$c" 1)" /boot umask=0077
