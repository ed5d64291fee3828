#!/bin/sh
# Switch after switch on a boot partition that is too small for all. For each: what a dry run says
# that it takes, what it took by the kernel's own counting, and what was said. The test asserts.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin

# The next boots only show what this one has led to.
rm /test-hook

free_bytes() {
	echo $(($(stat -f -c %f /boot) * $(stat -f -c %s /boot)))
}

for number in $(cat /boot-parts/to-come); do
	cp -r "/boot-parts/declared-$number/." /etc/genctl/
	echo "space-$number=$(genctl switch --dry-run --json 2> /dev/null | sed 's/.*"space"://; s/}$//')"
	before=$(free_bytes)
	genctl switch 2> /tmp/said
	echo "switch-$number=$?"
	sync
	echo "taken-$number=$((before - $(free_bytes)))"
	echo "evicted-$number=$(sed -n 's/.*MENU_EVICTED\]: generation \([0-9]*\).*/\1/p' /tmp/said | tr '\n' ' ')"
	cat /tmp/said
done
echo "list=$(genctl list --json)"
