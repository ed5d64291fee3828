# shellcheck shell=sh
# The second disk is a copy of the first, as after a move to a new one: no UUID names one of them.
a=$(disk 1)
b=$(disk 2)
gpt "$a" 100 <<END
size=40M, type=U
size=64M, type=L, name=root
END
vfat "$(part "$a" 1)" 1234ABCD ESP
ext4 "$(part "$a" 2)" 1 -L root
sync
dd if="$a" of="$b" bs=4M 2> /dev/null
sync
# udev has the table read again when the last writer closes the disk.
appears "$(part "$b" 2)"
as_mounted "$(part "$a" 2)" / relatime
as_mounted "$(part "$a" 1)" /boot umask=0077
