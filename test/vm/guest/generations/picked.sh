#!/bin/sh
# The boot of an older generation, picked in the menu: there is no htop and no cron. Then live
# switches to the newer one and back, under a connection that is held.
# shellcheck source=/dev/null
. /etc/genctl-test/questions.sh

tell_generation booted

# --- A connection

key=/root/.ssh/id_ecdsa
over_ssh() { # command
	ssh -i "$key" -o StrictHostKeyChecking=accept-new -o BatchMode=yes root@localhost "$@"
}
mkfifo /run/to-echo
over_ssh cat < /run/to-echo > /run/from-echo 2>&1 &
exec 5> /run/to-echo

# Says whether a line comes back over the connection.
say_over_connection() { # line
	echo "$1" >&5
	await grep -qx "$1" /run/from-echo
	echo "connection-$1=$?"
}
say_over_connection booted

# --- To the newer one and back

try to-newer genctl switch 2
tell_generation newer
say_over_connection newer
try new-connection over_ssh htop --version
echo "modules=$(find "/usr/lib/modules/$(uname -r)/kernel" -name '*.ko' | grep -c .)"
modprobe dummy
echo "modprobe=$?"
echo "state-newer=$(systemctl is-system-running)"

try back genctl rollback
tell_generation older
say_over_connection older
echo "state-older=$(systemctl is-system-running)"

# --- The machine builds its next system itself, which a BIOS can start, too

cat >> /etc/genctl/system.conf << 'END_OF_SECTIONS'
[boot.loader]
kind = systemd-boot
kind = grub
[boot.loader.grub]
device = /dev/vda
efiSupport = false
serial = --unit=0 --speed=115200
terminalInput = serial
terminalOutput = serial
END_OF_SECTIONS
try own-build genctl switch

ln -s /etc/genctl-test/cut-power /run/genctl-test-end
