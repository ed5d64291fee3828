# shellcheck shell=sh
# The plain machine: ESP, ext4, swap partition.
a=$(disk 1)
gpt "$a" 100 <<END
size=40M, type=U, name="EFI System Partition"
size=200M, type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709, name=root
size=32M, type=S, name=swap
END
vfat "$(part "$a" 1)" 1234ABCD ESP
ext4 "$(part "$a" 2)" 1 -L root
mkswap -q -U "$(uuid 2)" -L swap "$(part "$a" 3)"
settle
as_mounted "$(part "$a" 2)" / noatime
as_mounted "$(part "$a" 1)" /boot fmask=0077,dmask=0077,iocharset=ascii
swapon "$(part "$a" 3)"
