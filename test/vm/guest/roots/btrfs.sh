# shellcheck shell=sh
# One btrfs for all, in subvolumes as people have them; GRUB may come in front of it.
a=$(disk disk0)
gpt "$a" <<END
size=1M, type=21686148-6449-6E6F-744E-656564454649
size=128M, type=U
type=L
END
mkfs.vfat -F 32 -i 1234ABCD "${a}2" > /dev/null
mkfs.btrfs -q -U "$(uuid 1)" "${a}3"
# udev is told of it late.
udevadm trigger --settle "${a}3"
mkdir /top
mount "${a}3" /top
for each in @ @home @nix @var; do
	btrfs -q subvolume create "/top/$each"
done
umount /top
mount_at "${a}3" / subvol=@,noatime,compress=zstd:1
mount_at "${a}3" /home subvol=@home,noatime,compress=zstd:1
mount_at "${a}3" /nix subvol=@nix,noatime,compress=zstd:1
mount_at "${a}3" /var subvol=@var,noatime,compress=zstd:1
mount_at "${a}2" /boot/efi umask=0077
