#!/bin/sh
# The boot of the first generation by a BIOS and GRUB, after the power was cut within a live switch
# to it.
# shellcheck source=/dev/null
. /etc/genctl-test/questions.sh

try recover genctl recover --json
echo "findings=$(genctl menu verify --json | grep -o '"findings": *\[\]')"
tell_generation booted
if [ -d /sys/firmware/efi ]; then echo 'firmware=uefi'; else echo 'firmware=bios'; fi
