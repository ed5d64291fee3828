#!/bin/sh
# On the machine's own root, with nothing but busybox and blkid: captures and sends it to ttyS1.

PATH=/bin
export PATH
mkdir -p /run/lock
mount -t tmpfs -o nosuid,nodev,noexec,size=5120k tmpfs /run/lock
mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 /sys/fs/cgroup
mount -t securityfs -o nosuid,nodev,noexec securityfs /sys/kernel/security
mount -t tmpfs -o nosuid,nodev tmpfs /tmp

# What genctl itself says of this machine, and of what it captures here.
probe_live() {
	cd /run/live || return
	genctl() {
		lib/ld-linux-x86-64.so.2 --library-path lib ./node ./genctl "$@"
	}
	genctl hardware show --json
	genctl hardware capture /tmp/by-genctl.tar.gz > /dev/null
	genctl hardware show --json --from /tmp/by-genctl.tar.gz
}

echo "stage 2: captures after $(cut -d ' ' -f 1 /proc/uptime) s"
if sh /capture-hw /tmp/capture.tar.gz 2> /tmp/errors; then
	echo "stage 2: captured after $(cut -d ' ' -f 1 /proc/uptime) s"
	{
		# The firmware has written to this port before.
		echo 'facts: begin'
		base64 /tmp/capture.tar.gz
		echo 'live:'
		[ -d /run/live ] && probe_live | gzip | base64
		echo 'facts: end'
	} > /dev/ttyS1
else
	echo 'stage 2: capture-hw failed' > /dev/ttyS1
fi
cat /tmp/errors
poweroff -f
