# shellcheck shell=sh
# The card has no serial number that QEMU could be told.
a=/dev/mmcblk0
appears "$a"
gpt "$a" 100 <<END
size=40M, type=U
size=180M, type=L
END
vfat "$(part "$a" 1)" 1234ABCD FIRMWARE
ext4 "$(part "$a" 2)" 1 -L NIXOS_SD
settle
as_mounted "$(part "$a" 2)" / noatime
as_mounted "$(part "$a" 1)" /boot/firmware noauto
