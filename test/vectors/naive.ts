import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';

// The formats written down by hand, from their specifications, with node:crypto only: no code of the packages under test.

const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');

export const sha256 = (...parts: readonly (Uint8Array | string)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
export const base64url = (bytes: Uint8Array | string): string => Buffer.from(bytes as string).toString('base64url');
export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
export const utf8 = (text: string): Buffer => Buffer.from(text, 'utf8');

/** An Ed25519 key pair whose seed is SHA-256("countersign/vectors " ‖ name), so that anybody can make it. */
export interface Pair {
  readonly privateKey: KeyObject;
  /** 32 bytes. */
  readonly raw: Buffer;
}

export function pair(name: string): Pair {
  const seed = sha256(`countersign/vectors ${name}`);
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_ED25519, seed]), format: 'der', type: 'pkcs8' });
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' });
  return { privateKey, raw: Buffer.from(x!, 'base64url') };
}

export const ed25519 = (key: Pair, message: Uint8Array): Buffer => sign(null, message, key.privateKey);

/** C2SP signed-note: SHA-256(name ‖ LF ‖ type ‖ key)[:4]. */
export const keyId = (name: string, type: number, key: Pair): Buffer => sha256(name, '\n', Buffer.of(type), key.raw).subarray(0, 4);

export const vkey = (name: string, type: number, key: Pair): string =>
  `${name}+${hex(keyId(name, type, key))}+${base64(Buffer.concat([Buffer.of(type), key.raw]))}`;

/** A signature line of a note: em dash, name, base64(key id ‖ signature). */
export const noteLine = (name: string, id: Uint8Array, signature: Uint8Array): string =>
  `\u2014 ${name} ${base64(Buffer.concat([id, signature]))}\n`;

/** A line by a log key (type 0x01) over the text. */
export const logLine = (name: string, key: Pair, text: string): string => noteLine(name, keyId(name, 1, key), ed25519(key, utf8(text)));

/** A note by one log key. */
export const note = (name: string, key: Pair, text: string): string => `${text}\n${logLine(name, key, text)}`;

/** C2SP tlog-checkpoint. */
export const checkpoint = (origin: string, size: number | string, root: Uint8Array): string => `${origin}\n${size}\n${base64(root)}\n`;

/** C2SP tlog-cosignature: a line by a witness key (type 0x04) at a POSIX time. */
export function cosignatureLine(name: string, key: Pair, text: string, time: number): string {
  const stamp = Buffer.alloc(8);
  stamp.writeBigUInt64BE(BigInt(time));
  const signature = ed25519(key, utf8(`cosignature/v1\ntime ${time}\n${text}`));
  return noteLine(name, keyId(name, 4, key), Buffer.concat([stamp, signature]));
}

/** RFC 7515 §7.1 and §7.2.1: header and payload given as text, signed as they are. */
export function jwsPart(header: string, payload: string, key: Pair): { readonly protected: string; readonly signature: string } {
  const head = base64url(header);
  return { protected: head, signature: base64url(ed25519(key, utf8(`${head}.${base64url(payload)}`))) };
}

export function compactJws(header: string, payload: string, key: Pair): string {
  const part = jwsPart(header, payload, key);
  return `${part.protected}.${base64url(payload)}.${part.signature}`;
}
