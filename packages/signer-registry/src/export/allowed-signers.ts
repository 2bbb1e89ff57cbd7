import { base64Encode, base64urlDecode } from '@countersign/proof-core/bytes/base64';
import { concatBytes } from '@countersign/proof-core/bytes/compare';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import type { PublicKey } from '@countersign/proof-core/key/public-key';
import type { Registry } from '../registry/registry.ts';
import type { RegisteredSigner } from '../registry/types.ts';
import { type Selection, selectSigners } from './select.ts';

/** An SSH string: length in 4 bytes, then the bytes (RFC 4251 §5). */
function sshString(bytes: Uint8Array): Uint8Array {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, bytes.length);
  return concatBytes(length, bytes);
}

/** An SSH mpint that is not negative: a zero byte before a top bit that is set (RFC 4251 §5). */
function sshInteger(bytes: Uint8Array): Uint8Array {
  return sshString(bytes[0]! >= 0x80 ? concatBytes(Uint8Array.of(0), bytes) : bytes);
}

function sshKey({ algorithm, jwk }: PublicKey): string | undefined {
  const part = (name: 'x' | 'y' | 'n' | 'e'): Uint8Array => base64urlDecode(jwk[name]!, name);
  const line = (type: string, ...fields: Uint8Array[]): string =>
    `${type} ${base64Encode(concatBytes(sshString(utf8Encode(type)), ...fields))}`;
  if (algorithm === 'Ed25519') return line('ssh-ed25519', sshString(part('x')));
  if (algorithm === 'RS256' || algorithm === 'PS256') return line('ssh-rsa', sshInteger(part('e')), sshInteger(part('n')));
  if (algorithm === 'ML-DSA-65') return undefined;
  const curve = algorithm === 'ES256' ? 'nistp256' : 'nistp384';
  const point = concatBytes(Uint8Array.of(4), part('x'), part('y'));
  return line(`ecdsa-sha2-${curve}`, sshString(utf8Encode(curve)), sshString(point));
}

/** `20261121031200Z`; without the Z, OpenSSH would read local time. */
function sshTime(time: string): string {
  return `${time.slice(0, 19).replaceAll(/[-:T]/g, '')}Z`;
}

function entry(signer: RegisteredSigner): string {
  const key = sshKey(signer.key);
  if (key === undefined) return '';
  const { compromisedSince, revoked, validFrom, validUntil } = signer;
  const ends = [compromisedSince, revoked?.at, validUntil].filter((time) => time !== undefined).sort();
  const options = [
    `namespaces="${signer.purposes.map((purpose) => `countersign/${purpose}`).join(',')}"`,
    `valid-after="${sshTime(validFrom)}"`,
    ...(ends[0] === undefined ? [] : [`valid-before="${sshTime(ends[0])}"`]),
  ];
  return `${signer.kid} ${options.join(' ')} ${key}\n`;
}

/**
 * Writes signers as an OpenSSH `allowed_signers` file: the kid as principal, purposes as namespaces `countersign/<purpose>`, windows as
 * `valid-after` and `valid-before`. Keys that OpenSSH has no name for are left out.
 *
 * @throws RangeError for an unknown kid
 * @example exportAllowedSigners(registry, { purpose: 'publish' })
 */
export function exportAllowedSigners(registry: Registry, selection: Selection = {}): string {
  return selectSigners(registry, selection).map(entry).join('');
}
