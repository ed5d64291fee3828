#!/bin/sh
# Runs this boot's own script, sends what it says to the second serial port, and ends the machine.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
state=/var/lib/genctl-test
mkdir -p "$state"

systemctl is-system-running --wait > /dev/null
number=$(($(cat "$state/boots" 2> /dev/null || echo 0) + 1))
echo "$number" > "$state/boots"

say() {
	echo "boot=$number"
	echo "state=$(systemctl is-system-running)"
	echo "failed-units=$(systemctl list-units --failed --plain --no-legend | cut -d ' ' -f 1 | tr '\n' ' ')"
	echo "activation-milliseconds=$(dmesg | sed -n 's/.*init: the activation took \([0-9]*\) ms.*/\1/p')"
	systemd-analyze time
	sh "/etc/genctl-test/boot-$number" || echo "boot-$number: ended with status $?"
}

echo 'facts: begin' > /dev/ttyS1
say 2>&1 | sed -u 's/^/hook: /' > /dev/ttyS1
echo 'facts: end' > /dev/ttyS1
# In what way the machine ends, where the script has said so.
[ ! -e /run/genctl-test-end ] || sh /run/genctl-test-end
systemctl poweroff --force
