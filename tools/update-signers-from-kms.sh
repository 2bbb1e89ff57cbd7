#!/bin/sh
# Prints, as JSON, the registry entry that a key in KMS would get. Changes nothing.
#
#   tools/update-signers-from-kms.sh KID [--purpose PURPOSE] [--chain CHAIN] [--registry FILE] …  > new-signer.json
#
# The key is KMS_KEY_ID (ARN, id or alias); alias/KID when that is not set. Purpose checkpoint and chain * unless said otherwise. What comes
# after KID goes to `audit-signers add`. To register the key, run the same without --dry-run: docs/operations/key-rotation.md.
set -eu

[ $# -ge 1 ] || { echo "usage: $0 KID [OPTIONS OF audit-signers add]" >&2; exit 2; }
kid=$1
shift
case " $* " in *" --purpose "*) ;; *) set -- "$@" --purpose checkpoint ;; esac
case " $* " in *" --chain "*) ;; *) set -- "$@" --chain '*' ;; esac

bin=$(dirname "$0")/../packages/verify-cli/bin/audit-signers.js
if [ -f "$bin" ]; then run() { node "$bin" "$@"; }; else run() { audit-signers "$@"; }; fi

run add "$kid" --from-kms "${KMS_KEY_ID:-alias/$kid}" "$@" --dry-run --json
