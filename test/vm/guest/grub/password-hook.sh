#!/bin/sh
# The machine protects its own menu when its default runs, and not when another generation does. The
# test asserts the `name=value` lines.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin

grep -q test.generation=2 /proc/cmdline || exit 0

# The next boot only shows what this one has led to.
rm /test-hook

cp -r /boot-parts/later/. /etc/genctl/
genctl switch 2>&1
echo "switch=$?"
