# shellcheck shell=sh
# An old machine: MBR, one file system.
a=$(disk 1)
mbr "$a" 0x1badcafe <<END
size=200M, type=83, bootable
END
ext4 "$(part "$a" 1)" 1
settle
as_mounted "$(part "$a" 1)" / errors=remount-ro
