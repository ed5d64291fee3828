#!/bin/sh
# Shows that the machine is what it should be, and that genctl switches it at all.
# shellcheck source=/dev/null
. /usr/lib/genctl-test/facts.sh

echo "init=$(readlink /proc/1/exe)"
echo "boot-type=$(findmnt --noheadings --output FSTYPE /boot)"
echo "motd=$(cat /etc/motd)"

mkdir -p /etc/genctl/etc/systemd/system
cat > /etc/genctl/etc/systemd/system/hello.service << 'END'
[Service]
ExecStart=/usr/bin/sleep infinity
END
try switch genctl switch
systemctl start hello.service
echo "hello=$(systemctl is-active hello.service)"
