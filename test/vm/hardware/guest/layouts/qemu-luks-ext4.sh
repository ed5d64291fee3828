# shellcheck shell=sh
# Encrypted root; the passphrase comes from a USB keyboard.
a=$(disk 1)
gpt "$a" 100 <<END
size=40M, type=U, name=esp
size=64M, type=L, name=boot
size=200M, type=CA7D7CCB-63ED-4C53-861C-1742536059CC, name=cryptroot
END
vfat "$(part "$a" 1)" 1234ABCD
ext4 "$(part "$a" 2)" 1 -L boot
luks "$(part "$a" 3)" 2 cryptroot
ext4 /dev/mapper/cryptroot 3 -L root
settle
as_mounted /dev/mapper/cryptroot / relatime,discard
as_mounted "$(part "$a" 2)" /boot relatime
as_mounted "$(part "$a" 1)" /boot/efi umask=0077
