#!/bin/sh
# genctl at work with the ESP and the extended boot partition mounted. The test asserts the
# `name=value` lines.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin

# The next boot only shows what this one has led to.
rm /test-hook

echo "mounts=$(grep -c vfat /proc/mounts)"
echo three > /etc/genctl/etc/motd
genctl switch
echo "switch=$?"
echo "motd=$(cat /etc/motd)"
echo "verify=$(genctl menu verify --json)"
echo "again=$(genctl switch --json)"
