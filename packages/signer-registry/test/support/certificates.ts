// A certificate authority for tests: just enough X.509 (RFC 5280) for TLS, so that tests need nothing but Node.
import { type KeyObject, createPublicKey, generateKeyPairSync, randomBytes, sign, X509Certificate } from 'node:crypto';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { DER, writeDer, writeUnsigned } from '@countersign/proof-core/key/der';

const SET = 0x31;
const UTF8_STRING = 0x0c;
const GENERALIZED_TIME = 0x18;
const OCTET_STRING = 0x04;
const BOOLEAN = 0x01;

const sequence = (...parts: Uint8Array[]): Uint8Array => writeDer(DER.SEQUENCE, ...parts);
const oid = (hex: string): Uint8Array => writeDer(DER.OID, Buffer.from(hex, 'hex'));

/** ecdsa-with-SHA256, RFC 5758 §3.2. */
const SIGNATURE_ALGORITHM = sequence(oid('2a8648ce3d040302'));
const COMMON_NAME = '550403';

const name = (common: string): Uint8Array => sequence(writeDer(SET, sequence(oid(COMMON_NAME), writeDer(UTF8_STRING, utf8Encode(common)))));
const time = (at: number): Uint8Array =>
  writeDer(GENERALIZED_TIME, utf8Encode(`${new Date(at).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`));
const extension = (id: string, critical: boolean, value: Uint8Array): Uint8Array =>
  sequence(oid(id), ...(critical ? [writeDer(BOOLEAN, Uint8Array.of(255))] : []), writeDer(OCTET_STRING, value));

/** Key and certificate, PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
  /** SHA-256 of the certificate, hex. */
  readonly fingerprint: string;
}

export interface Authority {
  readonly cert: string;
  issue(common: string, options?: { expired?: boolean; elsewhere?: boolean }): Identity;
}

interface Certificate {
  readonly subject: string;
  readonly issuer: string;
  readonly publicKey: KeyObject;
  readonly signer: KeyObject;
  readonly from: number;
  readonly until: number;
  readonly authority: boolean;
  readonly host?: string;
}

function makeCertificate({ subject, issuer, publicKey, signer, from, until, authority, host = 'localhost' }: Certificate): string {
  const basic = extension('551d13', true, authority ? sequence(writeDer(BOOLEAN, Uint8Array.of(255))) : sequence());
  // GeneralName tags 2 (dNSName) and 7 (iPAddress).
  const address = host === 'localhost' ? [writeDer(0x87, Uint8Array.of(127, 0, 0, 1))] : [];
  const names = extension('551d11', false, sequence(writeDer(0x82, utf8Encode(host)), ...address));
  const body = sequence(
    writeDer(0xa0, writeUnsigned(Uint8Array.of(2))),
    writeUnsigned(randomBytes(8)),
    SIGNATURE_ALGORITHM,
    name(issuer),
    sequence(time(from), time(until)),
    name(subject),
    new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })),
    writeDer(0xa3, sequence(...(authority ? [basic] : [basic, names]))),
  );
  const signature = writeDer(DER.BIT_STRING, Uint8Array.of(0), sign('sha256', body, signer));
  const der = Buffer.from(sequence(body, SIGNATURE_ALGORITHM, signature));
  return `-----BEGIN CERTIFICATE-----\n${der
    .toString('base64')
    .match(/.{1,64}/g)!
    .join('\n')}\n-----END CERTIFICATE-----\n`;
}

const DAY = 86_400_000;

/** Makes an authority that issues certificates for this machine. */
export function certificateAuthority(common = 'Test CA'): Authority {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const now = Date.now();
  const base = { issuer: common, signer: privateKey };
  const cert = makeCertificate({ ...base, subject: common, publicKey, from: now - 9 * DAY, until: now + 9 * DAY, authority: true });
  return {
    cert,
    issue(subject, { expired = false, elsewhere = false } = {}) {
      const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
      const window = expired ? { from: now - 3 * DAY, until: now - DAY } : { from: now - DAY, until: now + DAY };
      const own = makeCertificate({
        ...base,
        ...window,
        subject,
        publicKey: createPublicKey(key),
        authority: false,
        host: elsewhere ? 'elsewhere.example' : 'localhost',
      });
      return {
        cert: own,
        key: key.export({ type: 'pkcs8', format: 'pem' }) as string,
        fingerprint: new X509Certificate(own).fingerprint256.replaceAll(':', '').toLowerCase(),
      };
    },
  };
}
