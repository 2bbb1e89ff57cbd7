import { concatBytes } from '@countersign/proof-core/bytes/compare';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';

const DOMAIN = /* @__PURE__ */ utf8Encode('countersign/private@1\0');

/** A private value beside its record: erasing value and salt leaves a commitment that nobody can open. */
export interface PrivateValue {
  readonly name: string;
  /** Canonical JSON of the value. */
  readonly value: string;
  /** 32 random bytes. */
  readonly salt: Uint8Array;
}

/**
 * The commitment to a private value: SHA-256(`countersign/private@1` NUL ‖ salt ‖ canonical `{"chain","id","name","value"}`).
 *
 * @param value any JSON value
 * @param salt 32 random bytes, new for every value
 * @returns 64 hex characters
 * @example commit({ chain: 'example.com/log', id, name: 'email', value: 'a@example.com' }, salt)
 */
export function commit(
  of: { readonly chain: string; readonly id: string; readonly name: string; readonly value: unknown },
  salt: Uint8Array,
  engine: Engine = defaultEngine,
): string {
  const { chain, id, name, value } = of;
  return engine.sha256Hex(concatBytes(DOMAIN, salt, engine.canonicalize({ chain, id, name, value })));
}
