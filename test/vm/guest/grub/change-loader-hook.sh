#!/bin/sh
# The machine goes back to systemd-boot. The test asserts the `name=value` lines.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin

# The next boot only shows what this one has led to.
rm /test-hook

cp -r /boot-parts/later/. /etc/genctl/
genctl switch 2>&1
echo "switch=$?"
echo "verified=$(genctl menu verify --json)"
