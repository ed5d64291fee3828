#!/bin/sh
# Runs this boot's own script, sends what it says to the second serial port, and ends the machine.
# A line `facts-end` of the script's is the last that counts: what follows may end the machine, once
# there is `/run/facts-ended`.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
folder=/usr/lib/genctl-test
counter=/var/lib/genctl-test/boots

systemctl is-system-running --wait > /dev/null
number=$(($(cat "$counter") + 1))
echo "$number" > "$counter"
sync

# Seconds of a file's time, with nine digits behind the point, as whole milliseconds.
milliseconds() { # a file, not followed
	seconds=$(stat -c %.9Y "$1")
	echo "${seconds%.*}$(echo "${seconds#*.}" | cut -c 1-3)"
}

say() {
	echo "boot=$number"
	echo "state=$(systemctl is-system-running)"
	echo "failed-units=$(systemctl list-units --failed --plain --no-legend | cut -d ' ' -f 1 | tr '\n' ' ')"
	echo "activation-milliseconds=$(dmesg | sed -n 's/.*init: the activation took \([0-9]*\) ms.*/\1/p')"
	echo "stage-2-milliseconds=$(($(milliseconds /run/booted-system) - $(milliseconds /run/stage-2-began)))"
	systemd-analyze time
	"$folder/boot-$number.sh" || echo "boot-$number.sh: ended with status $?"
	echo facts-end
}

echo 'facts: begin' > /dev/ttyS1
say 2>&1 | while IFS= read -r line; do
	if [ "$line" = facts-end ]; then
		echo 'facts: end'
		: > /run/facts-ended
	else
		printf 'hook: %s\n' "$line"
	fi
done > /dev/ttyS1
systemctl poweroff --force
