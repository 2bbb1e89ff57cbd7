#!/usr/bin/env bash
# One Ceph object gateway on loopback with a monitor, one memory-backed store and a private keyring: rgw.sh start | stop
# Takes RGW_FOLDER, RGW_PORT, RGW_MONITOR_PORT, RGW_KEY, RGW_SECRET. Debian: radosgw ceph-mon ceph-osd ceph-common (16.2).
set -euo pipefail
conf="$RGW_FOLDER/ceph.conf"

configure() {
  mkdir -p "$RGW_FOLDER"/{mon,osd,log,run,rgw}
  cat > "$conf" <<EOF
[global]
fsid = $fsid
mon host = [v2:127.0.0.1:$RGW_MONITOR_PORT]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
keyring = $RGW_FOLDER/keyring
mon data = $RGW_FOLDER/mon
osd data = $RGW_FOLDER/osd
run dir = $RGW_FOLDER/run
admin socket = $RGW_FOLDER/run/\$name.asok
log file = $RGW_FOLDER/log/\$name.log
mon allow pool size one = true
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
osd objectstore = memstore
memstore device bytes = 2147483648
osd class load list = *
osd class default list = *
osd max object name len = 460
osd max object namespace len = 64
[client.rgw]
rgw data = $RGW_FOLDER/rgw
rgw frontends = beast endpoint=127.0.0.1:$RGW_PORT
rgw enable usage log = false
rgw lc debug interval = -1
EOF
}

# Keys of the daemons, in a keyring of their own: without authentication the gateway hangs.
make_keys() {
  local keyring="$RGW_FOLDER/keyring"
  ceph-authtool -C "$keyring" --gen-key -n mon. --cap mon 'allow *'
  ceph-authtool "$keyring" --gen-key -n client.admin --cap mon 'allow *' --cap osd 'allow *'
  ceph-authtool "$keyring" --gen-key -n osd.0 --cap mon 'allow profile osd' --cap osd 'allow *'
  ceph-authtool "$keyring" --gen-key -n client.rgw --cap mon 'allow rw' --cap osd 'allow rwx'
}

# Waits up to a minute for a command to succeed.
await() {
  for _ in $(seq 120); do
    if "$@" > /dev/null 2>&1; then return 0; fi
    sleep 0.5
  done
  echo "did not happen within a minute: $*" >&2
  return 1
}

store_is_up() { timeout 10 ceph -c "$conf" osd stat -f json | grep -q '"num_up_osds":1'; }
gateway_listens() { (exec 3<> "/dev/tcp/127.0.0.1/$RGW_PORT"); }

start() {
  umask 077
  fsid=$(cat /proc/sys/kernel/random/uuid)
  local store
  store=$(cat /proc/sys/kernel/random/uuid)
  configure
  make_keys
  monmaptool --create --fsid "$fsid" --addv a "[v2:127.0.0.1:$RGW_MONITOR_PORT]" "$RGW_FOLDER/monmap"
  ceph-mon -c "$conf" --mkfs -i a --monmap "$RGW_FOLDER/monmap" --keyring "$RGW_FOLDER/keyring"
  ceph-mon -c "$conf" -i a --pid-file "$RGW_FOLDER/mon.pid"
  await timeout 10 ceph -c "$conf" osd new "$store"
  ceph-osd -c "$conf" -i 0 --mkfs --osd-uuid "$store"
  ceph-osd -c "$conf" -i 0 --pid-file "$RGW_FOLDER/osd.pid"
  await store_is_up
  radosgw -c "$conf" -n client.rgw --pid-file "$RGW_FOLDER/rgw.pid"
  await gateway_listens
  timeout 60 radosgw-admin -c "$conf" -n client.rgw user create --uid=conformance --display-name=conformance \
    --access-key="$RGW_KEY" --secret-key="$RGW_SECRET"
}

stop() {
  local daemon pid
  for daemon in rgw osd mon; do
    pid=$(cat "$RGW_FOLDER/$daemon.pid" 2> /dev/null) || continue
    kill "$pid" 2> /dev/null || continue
    for _ in $(seq 100); do
      kill -0 "$pid" 2> /dev/null || break
      sleep 0.1
    done
    kill -9 "$pid" 2> /dev/null || true
  done
}

case "${1:-}" in
  start) start ;;
  stop) stop ;;
  *) echo "usage: rgw.sh start|stop" >&2; exit 2 ;;
esac
