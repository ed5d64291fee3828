# shellcheck shell=sh
# GPT on a BIOS machine, with the partition for GRUB's core.
# udev names this disk by its address.
a=/dev/sda
appears "$a"
gpt "$a" 100 <<END
size=1M, type=21686148-6449-6E6F-744E-656564454649
size=200M, type=L
END
ext4 "$(part "$a" 2)" 1 -L root
settle
as_mounted "$(part "$a" 2)" / relatime
