# shellcheck shell=sh
# Two mirrored disks; the first one alone has an ESP.
a=$(disk disk0)
b=$(disk disk1)
for each in "$a" "$b"; do
	gpt "$each" <<-END
		size=128M, type=U
		type=R
	END
done
mkfs.vfat -F 32 -i 1234ABCD "${a}1" > /dev/null
mdadm --create /dev/md/root --quiet --run --assume-clean --level=1 --raid-devices=2 \
	--metadata=1.2 --bitmap=none --homehost=installer --name=root "${a}2" "${b}2"
settle
mkfs.ext4 -q -m 0 -U "$(uuid 1)" -E lazy_itable_init=1,lazy_journal_init=1 /dev/md/root
settle
mount_at /dev/md/root /
mount_at "${a}1" /boot umask=0077
