#!/bin/sh
# A service manager of files: $FAKE_SYSTEMD/units holds what `systemctl show` prints of each unit,
# and Definition=, by which it runs. `etc` is the definition on the disk, `loaded` the one that was
# read last. A unit with a file in `broken` fails when it starts, one in `dying` right after that,
# one in `stuck` does not stop. Each call is logged; the call number `die` is the last one.
set -eu
cd "$FAKE_SYSTEMD"
printf '%s\n' "$*" >>calls
if [ -e die ] && [ "$(grep -cv '^show' calls)" -ge "$(cat die)" ] && [ "$1" != show ]; then
  kill -9 $$
fi
verb=$1
shift

put() { # UNIT KEY=VALUE…
  unit_file=./units/$1
  shift
  for pair; do
    set -- "$@" -e "s|^${pair%%=*}=.*|$pair|"
    shift
  done
  sed -i "$@" "$unit_file"
}

is() { # UNIT KEY=VALUE
  grep -qx "$2" "./units/$1"
}

start() {
  is "$1" ActiveState=active && return 0
  number=$(($(cat runs) + 1))
  echo $number >runs
  service=${1%.socket}.service
  state=active result=success status=0
  [ ! -e "dying/$1" ] || state=failed result=signal
  if [ -e "broken/$1" ] || { [ -e "units/$service" ] && is "$service" ActiveState=active; }; then
    state=failed result=exit-code status=7
    echo "Job for $1 failed because the control process exited with error code." >&2
    echo "See \"systemctl status $1\" and \"journalctl -xeu $1\" for details." >&2
  fi
  put "$1" InvocationID="$(printf %032x $number)" Definition="$(cat loaded)" \
    ActiveState=$state Result=$result ExecMainStatus=$status
  [ $status = 0 ]
}

code=0
case $verb in
  show)
    case $* in
      *--property=Version*) echo 'Version=252' ;;
      *)
        first=1
        for file in units/*; do
          [ $first = 1 ] || echo
          first=0
          cat "$file"
        done
        ;;
    esac
    ;;
  daemon-reload | daemon-reexec)
    cp etc loaded
    sed -i s/^NeedDaemonReload=.*/NeedDaemonReload=no/ units/*
    ;;
  preset)
    # --no-reload -- UNIT
    echo "$3 $(cat etc)" >>presets
    ;;
  *)
    [ "$1" = -- ] || exit 1
    shift
    for unit; do
      if [ ! -e "units/$unit" ]; then
        echo "Failed to $verb $unit: Unit $unit not found." >&2
        code=5
        continue
      fi
      case $verb in
        stop) [ -e "stuck/$unit" ] || put "$unit" ActiveState=inactive ;;
        start) start "$unit" || code=1 ;;
        restart)
          put "$unit" ActiveState=inactive
          start "$unit" || code=1
          ;;
        reload)
          is "$unit" ActiveState=active || code=1
          if [ -e "broken/$unit" ]; then
            echo "Job for $unit failed." >&2
            code=1
          else
            echo "$unit $(cat loaded)" >>reloads
          fi
          ;;
        reset-failed)
          is "$unit" ActiveState=failed || exit 1
          put "$unit" ActiveState=inactive Result=success
          ;;
        *) exit 64 ;;
      esac
    done
    ;;
esac
exit $code
