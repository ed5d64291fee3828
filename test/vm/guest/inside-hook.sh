#!/bin/sh
# genctl at work in a running machine. What the test asserts are `name=value` lines; other output
# is for those who look for the cause of a failure.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin

# The next boot only shows what this one has led to.
rm /test-hook

# Sectors written to a partition since boot, what is still in memory included.
written() { # partition
	sync
	set -- $(cat "/sys/class/block/$1/stat")
	echo "$7"
}

esp=$(findfs LABEL=ESP)
esp=${esp##*/}
variable=/sys/firmware/efi/efivars/LoaderEntryDefault-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f

# What the key `d` does in the menu.
override_default() { # an entry's name
	left=$1
	printf '\007\000\000\000' > /tmp/variable
	while [ -n "$left" ]; do
		rest=${left#?}
		printf '%s\000' "${left%"$rest"}" >> /tmp/variable
		left=$rest
	done
	printf '\000\000' >> /tmp/variable
	dd if=/tmp/variable of="$variable" bs=4096 2> /dev/null
}

echo "mount=$(grep ' /boot ' /proc/mounts | cut -d ' ' -f 3)"
cd /boot/loader/entries || exit
override_default "$(ls genctl-*-1-*.conf)"
cd /
echo "loader=$(genctl loader status --json)"

echo three > /etc/genctl/etc/motd
genctl switch
echo "switch=$?"
echo "motd=$(cat /etc/motd)"
echo "current=$(readlink /run/current-system)"
if [ -e "$variable" ]; then echo 'override=there'; else echo 'override=cleared'; fi

before=$(written "$esp")
echo "again=$(genctl switch --json)"
echo "again-wrote=$(($(written "$esp") - before))"

genctl rollback --boot
echo "rollback=$?"
echo "motd-after-rollback=$(cat /etc/motd)"

genctl gc --keep 2
echo "gc=$?"
genctl list
echo "status=$(genctl status --json)"
if (echo written > /nix/store/x) 2> /dev/null; then echo 'store=open'; else echo 'store=closed'; fi
echo "umask-holes=$(find /nix/store /nix/var /boot/loader -prune ! -perm -0005 | wc -l)"

genctl boot 3 --once
echo "once=$?"
echo "default-after-once=$(genctl status --json)"
