#!/bin/sh
# Lets grub-install put GRUB onto the disk; the menu is there already.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin

# The next boot only shows what this one has led to.
rm /test-hook

grub-install --target=i386-pc --boot-directory=/boot/hand-made --locales= --themes= --fonts= /dev/vda
echo "grub-install=$?"
