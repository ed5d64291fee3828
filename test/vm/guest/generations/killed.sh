#!/bin/sh
# genctl is killed in the middle of a live switch: systemd has what is left of it finished, or taken
# back.
# shellcheck source=/dev/null
. /etc/genctl-test/questions.sh

try recover genctl recover --json
tell_generation booted
try to-newer genctl switch 2

journal=/nix/var/genctl/journal.json
genctl switch 1 > /run/killed 2>&1 &
await test -e "$journal"
await pgrep -f 'activate$' > /run/pid
pkill -KILL -f 'genctl switch'
await test ! -e "$journal"
echo "recovered=$?"
tell_generation killed
try again genctl switch 2

ln -s /etc/genctl-test/cut-power /run/genctl-test-end
