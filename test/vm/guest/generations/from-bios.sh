#!/bin/sh
# The boot of the first generation by a BIOS and GRUB.
# shellcheck source=/dev/null
. /etc/genctl-test/questions.sh

tell_generation booted
if [ -d /sys/firmware/efi ]; then echo 'firmware=uefi'; else echo 'firmware=bios'; fi
