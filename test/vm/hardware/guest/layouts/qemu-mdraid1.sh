# shellcheck shell=sh
# Two mirrored disks, mirrored swap too; the ESP is on the first one only.
a=$(disk 1)
b=$(disk 2)
for each in "$a 100" "$b 200"; do
	gpt "${each% *}" "${each#* }" <<-END
		size=40M, type=U
		size=200M, type=R
		size=40M, type=R
	END
done
vfat "$(part "$a" 1)" 1234ABCD
# array NAME UUID-NUMBER PARTITION
array() {
	mdadm --create "/dev/md/$1" --quiet --run --assume-clean --level=1 --raid-devices=2 \
		--metadata=1.2 --bitmap=none --homehost=secrethost --name="$1" \
		--uuid="$(uuid "$2" | tr -d - | sed 's/......../&:/g; s/:$//')" \
		"$(part "$a" "$3")" "$(part "$b" "$3")"
	settle
}
array root 1 2
array swap 2 3
ext4 /dev/md/root 3 -L root
mkswap -q -U "$(uuid 4)" /dev/md/swap
settle
as_mounted /dev/md/root / relatime
as_mounted "$(part "$a" 1)" /boot umask=0077
swapon /dev/md/swap
