#!/bin/sh
# The boot of a machine whose root had to be opened or put together first. The first one adds a
# package, as its owner would.
# shellcheck source=/dev/null
. /etc/genctl-test/questions.sh

echo "root=$(findmnt --noheadings --nofsroot --output SOURCE /)"
echo "root-type=$(findmnt --noheadings --output FSTYPE /)"
echo "swap=$(swapon --show=NAME --noheadings | xargs --no-run-if-empty lsblk --noheadings --output NAME | tr '\n' ' ')"
# The key between T and U.
echo "key=$(dumpkeys --console /dev/tty1 | sed -n 's/^keycode *21 = +*\([^ ]*\).*/\1/p')"
tell_generation booted
for folder in /usr /nix/store /var; do
	echo "takes-$(echo "$folder" | tr / -)=$(takes_files "$folder")"
done
if [ -d /root/next ]; then
	cp -r /root/next/. /etc/genctl
	rm -r /root/next
	echo two > /etc/genctl/etc/motd
	try switch genctl switch
	tell_generation newer
	echo "state-newer=$(systemctl is-system-running)"
fi
echo "initrds=$(find /boot/EFI/genctl -name '*initrd*' | grep -c .)"
try status genctl status
