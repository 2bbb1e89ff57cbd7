import { Buffer } from 'node:buffer';
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { Purpose } from '@countersign/proof-core/ports';

/** Somebody who may ask a signing proxy, and for what. */
export interface ProxyCaller {
  /** Stands in the log of signatures: 1 to 100 characters. */
  readonly name: string;
  /** SHA-256 of the bearer token, 64 lower-case hex digits; the token itself is not kept. */
  readonly tokenSha256?: string;
  /** SHA-256 of the client certificate (DER), 64 lower-case hex digits. */
  readonly certificateSha256?: string;
  /** The keys it may use, and each of them for which purposes; nothing else. */
  readonly allow: readonly { readonly kid: string; readonly purposes: readonly Purpose[] }[];
}

const DIGEST = /^[0-9a-f]{64}$/;

/**
 * Refuses a list of callers that would let in somebody unknown.
 *
 * @throws TypeError
 */
export function checkCallers(callers: readonly ProxyCaller[]): void {
  const names = new Set<string>();
  const credentials = new Set<string>();
  for (const { name, tokenSha256, certificateSha256 } of callers) {
    if (!/^[\w.@:-]{1,100}$/.test(name) || names.has(name)) throw new TypeError(`caller ${name}: each needs a name of its own`);
    names.add(name);
    const digests = [tokenSha256, certificateSha256].filter((digest) => digest !== undefined);
    if (digests.length === 0) throw new TypeError(`caller ${name}: needs a token, a certificate or both`);
    if (!digests.every((digest) => DIGEST.test(digest))) throw new TypeError(`caller ${name}: a SHA-256 is 64 lower-case hex digits`);
    const both = digests.join(' ');
    if (credentials.has(both)) throw new TypeError(`caller ${name}: somebody else has the same credentials`);
    credentials.add(both);
  }
}

function sha256(bytes: Uint8Array | string): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function equals(digest: Buffer | undefined, hex: string): boolean {
  return digest !== undefined && timingSafeEqual(digest, Buffer.from(hex, 'hex'));
}

function tokenOf(request: IncomingMessage): Buffer | undefined {
  const match = /^Bearer ([\x21-\x7e]{1,1000})$/.exec(request.headers.authorization ?? '');
  return match === null ? undefined : sha256(match[1]!);
}

/** The certificate counts only where TLS has checked it against the CA of callers. */
function certificateOf(request: IncomingMessage): Buffer | undefined {
  const { socket } = request;
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const { raw } = socket.getPeerCertificate() as { raw?: Buffer };
  return raw === undefined ? undefined : sha256(raw);
}

/**
 * Tells who asks. A caller with a token and a certificate must show both. All callers are compared, so that the time taken says nothing.
 *
 * @returns undefined for nobody known
 */
export function findCaller(callers: readonly ProxyCaller[], request: IncomingMessage): ProxyCaller | undefined {
  const token = tokenOf(request);
  const certificate = certificateOf(request);
  let found: ProxyCaller | undefined;
  for (const caller of callers) {
    const tokenFits = caller.tokenSha256 === undefined || equals(token, caller.tokenSha256);
    const certificateFits = caller.certificateSha256 === undefined || equals(certificate, caller.certificateSha256);
    if (tokenFits && certificateFits) found ??= caller;
  }
  return found;
}

/** Tells whether a caller may use a key for a purpose. */
export function isAllowed(caller: ProxyCaller, kid: string, purpose: Purpose): boolean {
  return caller.allow.some((rule) => rule.kid === kid && rule.purposes.includes(purpose));
}
