#!/bin/sh
# The boot of the newest generation, which the menu starts by itself.
# shellcheck source=/dev/null
. /etc/genctl-test/questions.sh

tell_generation booted
tell_walls
tell_privileges
tell_refusals
echo "numbers=$(genctl list --json | grep -o '"number": *[0-9]*' | tr -dc '0-9\n' | tr '\n' ' ')"
try status genctl status
