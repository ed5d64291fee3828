# shellcheck shell=sh
# Swap with a new key at each boot, and compressed swap in memory.
a=$(disk 1)
gpt "$a" 100 <<END
size=40M, type=U
size=200M, type=L
size=40M, type=S, name=cryptswap
END
vfat "$(part "$a" 1)" 1234ABCD
ext4 "$(part "$a" 2)" 1
cryptsetup open --type plain --cipher aes-xts-plain64 --key-size 256 --key-file /dev/urandom \
	"$(part "$a" 3)" cryptswap
settle
mkswap -q -U "$(uuid 2)" /dev/mapper/cryptswap
modprobe zram
echo 16M > /sys/block/zram0/disksize
mkswap -q -U "$(uuid 3)" -L zram0 /dev/zram0
settle
as_mounted "$(part "$a" 2)" / relatime
as_mounted "$(part "$a" 1)" /boot umask=0077
swapon /dev/mapper/cryptswap
swapon --priority 100 /dev/zram0
