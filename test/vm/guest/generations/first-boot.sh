#!/bin/sh
# The boot of a machine that is as it was made.
# shellcheck source=/dev/null
. /etc/genctl-test/questions.sh

echo "motd=$(cat /etc/motd)"
tell_walls
tell_privileges
echo "packages=$(dpkg-query --show | grep -c .)"
for unit in cron ssh nginx; do
	echo "$unit=$(systemctl is-active "$unit.service")"
done
# shellcheck disable=SC2016 # for the other shell
echo "nginx-answers=$(timeout 1200 bash -c 'exec 3<> /dev/tcp/127.0.0.1/80; printf "GET / HTTP/1.0\r\n\r\n" >&3; head -n 1 <&3' | tr -d '\r')"
echo "sudo=$(su --command 'sudo --non-interactive id --user' ada 2>&1 | tail -n 1)"
try status genctl status
