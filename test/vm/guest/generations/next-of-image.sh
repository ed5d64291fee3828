#!/bin/sh
# The first boot of a machine that was made of an image: it makes its second generation, and puts
# GRUB onto its disk.
# shellcheck source=/dev/null
. /etc/genctl-test/questions.sh

echo "motd=$(cat /etc/motd)"
echo "takes--usr=$(takes_files /usr)"
echo 'from itself' > /etc/genctl/etc/motd
try switch genctl switch
try verify genctl menu verify
echo "new-motd=$(cat /etc/motd)"
echo "numbers=$(genctl list --json | grep -o '"number": *[0-9]*' | tr -dc '0-9\n' | tr '\n' ' ')"
