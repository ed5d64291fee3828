# shellcheck shell=sh
a=$(disk 1)
gpt "$a" 100 <<END
size=40M, type=U
size=300M, type=L
END
vfat "$(part "$a" 1)" 1234ABCD BOOT
mkfs.f2fs -q -f -U "$(uuid 1)" -l root "$(part "$a" 2)" > /dev/null
settle
as_mounted "$(part "$a" 2)" / noatime,compress_algorithm=zstd
as_mounted "$(part "$a" 1)" /boot/efi umask=0077
