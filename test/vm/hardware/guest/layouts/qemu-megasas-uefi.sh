# shellcheck shell=sh
a=$(disk 1)
gpt "$a" 100 <<END
size=40M, type=U
size=200M, type=L
END
vfat "$(part "$a" 1)" 1234ABCD
ext4 "$(part "$a" 2)" 1
settle
as_mounted "$(part "$a" 2)" / relatime
as_mounted "$(part "$a" 1)" /boot umask=0077
