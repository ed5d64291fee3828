#!/bin/sh
# The "real init" of the test machines: reports what kind of machine has come up, and ends it.
# The facts go to the second serial port as `key: value` lines; a person reads them on the console.
export PATH=/bin:/sbin:/usr/bin:/usr/sbin

[ -e /proc/mounts ] || mount -t proc proc /proc
ensure_mounted() { # type, source, folder
	grep -q " $3 " /proc/mounts || mount -t "$1" "$2" "$3"
}
ensure_mounted sysfs sys /sys
ensure_mounted devtmpfs dev /dev
ensure_mounted tmpfs run /run
ensure_mounted efivarfs efivarfs /sys/firmware/efi/efivars
# A disk may have been pulled: its partitions are not there.
while read -r source folder type; do
	device=$(findfs "$source" 2> /dev/null) && ensure_mounted "$type" "$device" "$folder"
done < /etc/fstab

# Every line of a value under its key: a value may have several.
fact() { # key; the value on standard input
	while IFS= read -r line; do
		printf '%s: %s\n' "$1" "$line"
	done
}

attempt() { # a file to write to
	if message=$( (echo written > "$1") 2>&1); then
		rm -f "$1"
		echo worked
	else
		echo "refused: ${message##*: }"
	fi
}

# A variable is 4 bytes of attributes, then UTF-16 with a NUL at its end.
loader_variable() {
	tail -c +5 "/sys/firmware/efi/efivars/$1-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f" | tr -d '\000'
	echo
}

report() {
	fact command-line < /proc/cmdline
	cat /etc/motd 2>&1 | fact motd
	readlink /run/current-system | fact current-system
	readlink /run/booted-system | fact booted-system
	attempt /nix/store/written-by-the-machine | fact store-write
	attempt /etc/written-by-the-machine | fact etc-write
	loader_variable LoaderEntrySelected 2>&1 | fact entry-selected
}

report > /run/facts
{
	echo 'facts: begin'
	cat /run/facts
} > /dev/ttyS1

printf '\n  This machine is up. It says of itself:\n\n'
while IFS= read -r line; do
	printf '    %s\n' "$line"
done < /run/facts
printf '\n'

# What a test wants to have done inside the machine.
if [ -x /test-hook ]; then
	{ /test-hook 2>&1 || echo "test-hook: ended with status $?"; } | fact hook > /dev/ttyS1
fi

while read -r source folder type; do
	umount "$folder" 2> /dev/null
done < /etc/fstab
echo 'facts: end' > /dev/ttyS1
sync
poweroff -f
