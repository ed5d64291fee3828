# shellcheck shell=sh
# ESP and XBOOTLDR, btrfs with subvolumes, a read-only bind mount of the store.
a=$(disk 1)
gpt "$a" 100 <<END
size=40M, type=U, name=esp
size=40M, type=BC13C2FF-59E6-4262-A352-B275FD6F7172, name=boot
size=300M, type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709, name=root
END
vfat "$(part "$a" 1)" 1234ABCD
vfat "$(part "$a" 2)" 1234ABCE
mkfs.btrfs -q -U "$(uuid 1)" -L nixos "$(part "$a" 3)"
settle
mkdir -p /top
mount "$(part "$a" 3)" /top
btrfs -q subvolume create /top/@
btrfs -q subvolume create /top/@home
btrfs -q subvolume create /top/@nix
mkdir /top/@nix/store
umount /top
as_mounted "$(part "$a" 3)" / subvol=@,compress=zstd:1,noatime
as_mounted "$(part "$a" 3)" /home subvol=@home,compress=zstd:1,noatime
as_mounted "$(part "$a" 3)" /nix subvol=@nix,compress=zstd:1,noatime
as_mounted /newroot/nix/store /nix/store bind
mount -o remount,bind,ro,nosuid,nodev /newroot/nix/store
as_mounted "$(part "$a" 1)" /efi umask=0077
as_mounted "$(part "$a" 2)" /boot umask=0077
