# shellcheck shell=sh
# A slow disk with a fast one before it.
a=$(disk 1)
b=$(disk 2)
gpt "$a" 100 <<END
size=40M, type=U
size=250M, type=L, name=backing
END
gpt "$b" 200 <<END
size=128M, type=L, name=cache
END
vfat "$(part "$a" 1)" 1234ABCD
modprobe bcache
# The kernel refuses a cache of fewer than 1024 buckets.
make-bcache --bucket 64k --cset-uuid "$(uuid 1)" -C "$(part "$b" 1)" -B "$(part "$a" 2)"
settle
for device in "$(part "$b" 1)" "$(part "$a" 2)"; do
	echo "$device" > /sys/fs/bcache/register_quiet || true
done
appears /dev/bcache0
tries=0
until [ "$(cat /sys/block/bcache0/bcache/state)" != 'no cache' ]; do
	tries=$((tries + 1))
	[ "$tries" -lt 50 ]
	sleep 0.1
done
settle
ext4 /dev/bcache0 2 -L root
settle
as_mounted /dev/bcache0 / relatime
as_mounted "$(part "$a" 1)" /boot umask=0077
