import { utf8Decode, utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { isKid } from '../registry/parse-signer.ts';

/** `countersign/probe@1` NUL kid NUL nonce: proves at start that a backend holds the registered key. */
export interface ProbeStatement {
  readonly type: 'probe';
  readonly kid: string;
  /** 64 lower-case hex digits. */
  readonly nonce: string;
}

/** `countersign/rotation@1` NUL old kid NUL new kid NUL digest: signed by both keys of a rotation. */
export interface RotationStatement {
  readonly type: 'rotation';
  readonly from: string;
  readonly to: string;
  /** Digest of the registry version that has both, 64 lower-case hex digits. */
  readonly registry: string;
}

/**
 * A statement that any key may sign whatever its purpose. The NUL in it keeps it apart from everything else: neither the text of a note nor a
 * signing input can hold one.
 */
export type Statement = ProbeStatement | RotationStatement;

const NUL = '\0';
const PROBE = 'countersign/probe@1';
const ROTATION = 'countersign/rotation@1';
const HEX = /^[0-9a-f]{64}$/;

function parts(statement: Statement): string[] {
  if (statement.type === 'probe') return [PROBE, statement.kid, statement.nonce];
  return [ROTATION, statement.from, statement.to, statement.registry];
}

/**
 * Writes a statement as the bytes to sign (`docs/spec/signers.md` §8).
 *
 * @throws TypeError a kid or digest that is none
 * @example formatStatement({ type: 'probe', kid: 'log-1', nonce: newNonce() })
 */
export function formatStatement(statement: Statement): Uint8Array<ArrayBuffer> {
  const bytes = utf8Encode(parts(statement).join(NUL));
  if (parseStatement(bytes) === undefined) throw new TypeError('statement: a kid or digest that is none');
  return bytes;
}

/**
 * Reads a statement.
 *
 * @returns undefined for bytes that are none
 * @example parseStatement(formatStatement(statement)) // statement again
 */
export function parseStatement(bytes: Uint8Array): Statement | undefined {
  // Cheap for everything else: a checkpoint and a signing input have no NUL in the place where every statement has its first.
  if (bytes.length > 700 || (bytes[PROBE.length] !== 0 && bytes[ROTATION.length] !== 0)) return undefined;
  if (bytes.some((byte) => byte > 126)) return undefined;
  const [tag, ...rest] = utf8Decode(bytes).split(NUL);
  if (tag === PROBE && rest.length === 2 && isKid(rest[0]!) && HEX.test(rest[1]!)) {
    return { type: 'probe', kid: rest[0]!, nonce: rest[1]! };
  }
  if (tag === ROTATION && rest.length === 3 && isKid(rest[0]!) && isKid(rest[1]!) && HEX.test(rest[2]!)) {
    return { type: 'rotation', from: rest[0]!, to: rest[1]!, registry: rest[2]! };
  }
  return undefined;
}

/**
 * Makes a nonce for a probe: 32 random bytes.
 *
 * @returns 64 lower-case hex digits
 */
export function newNonce(): string {
  return hexEncode(crypto.getRandomValues(new Uint8Array(32)));
}
