#!/bin/sh
# One step of a rotation, for runbooks and cron; each is safe to run again (docs/operations/key-rotation.md).
#
#   tools/rotate-signer.sh check                          what is due: exit 11 when a key is too old or a backend has another
#   tools/rotate-signer.sh publish OLD NEW KMS_KEY        a draft with the new key, pending
#   tools/rotate-signer.sh rehearse OLD NEW SIGNER_URI    the new key signs probes
#   tools/rotate-signer.sh activate NEW                   a draft in which it may sign
#   tools/rotate-signer.sh record OLD NEW LOG             both sign signer.rotated (AUDIT_SIGNER names both)
#   tools/rotate-signer.sh retire OLD                     a draft in which the old one has ended
#   tools/rotate-signer.sh sign ROOT_KEY                  a root signs the draft; it takes its place once enough have
#
# AUDIT_SIGNERS is the registry (signers.json when absent); the draft lies beside it.
set -eu

registry=${AUDIT_SIGNERS:-signers.json}
draft=${registry%.json}.next.json
bin=$(dirname "$0")/../packages/verify-cli/bin/audit-signers.js
if [ -f "$bin" ]; then run() { node "$bin" "$@"; }; else run() { audit-signers "$@"; }; fi
usage() { sed -n '3,12p' "$0" | cut -c3- >&2; exit 2; }
need() { [ "$1" -eq "$2" ] || usage; }

step=${1:-}
[ $# -gt 0 ] && shift
case $step in
  check) need $# 0; run doctor --registry "$registry" --production ;;
  publish) need $# 3; run rotate "$1" --to "$2" --from-kms "$3" --registry "$registry" --out "$draft" ;;
  rehearse) need $# 3; run rotate "$1" --to "$2" --rehearse --signer "$3" --registry "$registry" ;;
  activate) need $# 1; run activate "$1" --registry "$registry" --out "$draft" ;;
  record) need $# 3; run rotate "$1" --to "$2" --log "$3" --registry "$registry" ;;
  retire) need $# 1; run retire "$1" --registry "$registry" --out "$draft" ;;
  sign) need $# 1; run sign "$draft" --key "$1" --into "$registry" ;;
  *) usage ;;
esac
