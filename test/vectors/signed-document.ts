import { base64url, compactJws, hex, jwsPart, pair, type Pair, sha256 } from './naive.ts';
import { bad, good, type Json, type Vector, type VectorFile } from './vector.ts';

const KEY = pair('license key');
const SECOND = pair('second license key');
const STRANGER = pair('stranger');
const TYP = 'application/vnd.countersign.license+jws';
const PAYLOAD = '{"format":"countersign/license@1","licensee":"user:7f3a","sku":"atlas-3"}';
const header = (kid = 'license-1', alg = 'Ed25519', typ = TYP): string => `{"alg":"${alg}","kid":"${kid}","typ":"${typ}"}`;
const jwk = (key: Pair): Json => ({ kty: 'OKP', crv: 'Ed25519', x: base64url(key.raw) });

const REGISTERED = [
  { kid: 'license-1', jwk: jwk(KEY), operator: 'marketplace' },
  { kid: 'license-2', jwk: jwk(SECOND), operator: 'marketplace' },
];
const input = (text: string, more: Vector['input'] = {}): Vector['input'] => ({ text, typ: TYP, keys: REGISTERED, ...more });
const result = (payload: string, signers: readonly string[]): Json => ({ digest: hex(sha256(payload)), signers });
const compact = (payload = PAYLOAD, head = header(), key = KEY): string => compactJws(head, payload, key);
const general = (payload: string, ...parts: readonly (readonly [string, Pair])[]): string =>
  `${JSON.stringify({ payload: base64url(payload), signatures: parts.map(([head, key]) => jwsPart(head, payload, key)) })}\n`;
const BOTH = general(PAYLOAD, [header(), KEY], [header('license-2'), SECOND]);
const refused = (name: string, comment: string, text: string, error: string, more?: Vector['input']): Vector =>
  bad(name, comment, input(text, more), error);
/** The compact form with one of its three parts changed. */
const part = (index: number, change: (text: string) => string): string =>
  compact()
    .split('.')
    .map((text, i) => (i === index ? change(text) : text))
    .join('.');

/** Signed documents under registered keys. */
export const signedDocuments: VectorFile = {
  name: 'signed-document',
  about:
    'Verify a signed document (`text`) of media type `typ` under `keys` (kid, JWK, operator), each trusted for it at any time; `threshold` different keys and `operators` different operators must have signed (1 and 0 where absent). The result has the SHA-256 digest of the payload (hex) and the kids whose signatures count.',
  specification: 'docs/spec/signed-document.md; RFC 7515, RFC 8037, RFC 9864',
  vectors: [
    good('compact form', 'one signature', input(compact()), result(PAYLOAD, ['license-1'])),
    good('general form', 'one signature', input(general(PAYLOAD, [header(), KEY])), result(PAYLOAD, ['license-1'])),
    good('two of two', 'two keys', input(BOTH, { threshold: 2 }), result(PAYLOAD, ['license-1', 'license-2'])),
    good(
      'a stranger beside a registered key',
      'not counted, not refused',
      input(general(PAYLOAD, [header(), KEY], [header('other'), STRANGER])),
      result(PAYLOAD, ['license-1']),
    ),
    good('empty object', 'the shortest payload', input(compact('{}')), result('{}', ['license-1'])),
    refused(
      'changed payload',
      'the signature is over other bytes',
      part(1, () => base64url(PAYLOAD.replace('atlas-3', 'atlas-4'))),
      'ERR_DOCUMENT_SIGNATURE',
    ),
    refused(
      'changed signature',
      'one character',
      part(2, (text) => `${text.startsWith('A') ? 'B' : 'A'}${text.slice(1)}`),
      'ERR_DOCUMENT_SIGNATURE',
    ),
    refused(
      'signature of another key under this kid',
      'a registered key’s wrong signature refuses the document',
      compact(PAYLOAD, header(), STRANGER),
      'ERR_DOCUMENT_SIGNATURE',
    ),
    refused(
      'wrong signature beside a good one',
      'likewise',
      general(PAYLOAD, [header(), KEY], [header('license-2'), STRANGER]),
      'ERR_DOCUMENT_SIGNATURE',
    ),
    refused('unknown kid', 'nobody registered it', compact(PAYLOAD, header('other'), STRANGER), 'ERR_SIGNER_UNTRUSTED'),
    refused('one of two', 'a second key is needed', compact(), 'ERR_DOCUMENT_THRESHOLD', { threshold: 2 }),
    refused('two keys of one operator', 'a second operator is needed', BOTH, 'ERR_DOCUMENT_THRESHOLD', { threshold: 2, operators: 2 }),
    refused('the same key twice', 'one signature for each key', general(PAYLOAD, [header(), KEY], [header(), KEY]), 'ERR_DOCUMENT_HEADER'),
    refused(
      'another type',
      'an approval is no license',
      compact(PAYLOAD, header('license-1', 'Ed25519', TYP.replace('license', 'approval'))),
      'ERR_DOCUMENT_TYPE',
    ),
    refused(
      'different types',
      'one document, one type',
      general(PAYLOAD, [header(), KEY], [header('license-2', 'Ed25519', TYP.replace('license', 'approval')), SECOND]),
      'ERR_DOCUMENT_HEADER',
    ),
    refused('alg none', 'no signature at all', compact(PAYLOAD, header('license-1', 'none')), 'ERR_DOCUMENT_HEADER'),
    refused(
      'alg EdDSA',
      'fully specified algorithms only (RFC 9864)',
      compact(PAYLOAD, header('license-1', 'EdDSA')),
      'ERR_DOCUMENT_HEADER',
    ),
    refused('alg HS256', 'a public key is no secret', compact(PAYLOAD, header('license-1', 'HS256')), 'ERR_DOCUMENT_HEADER'),
    refused('alg of another key', 'the registry says Ed25519', compact(PAYLOAD, header('license-1', 'ES256')), 'ERR_DOCUMENT_ALGORITHM'),
    refused('crit', 'exactly alg, kid and typ', compact(PAYLOAD, header().replace('"kid"', '"crit":["exp"],"kid"')), 'ERR_DOCUMENT_HEADER'),
    refused(
      'key in the header',
      'trust comes from the registry',
      compact(PAYLOAD, header().replace('"kid"', '"jwk":{},"kid"')),
      'ERR_DOCUMENT_HEADER',
    ),
    refused(
      'header in another order',
      'canonical JSON',
      compact(PAYLOAD, `{"typ":"${TYP}","alg":"Ed25519","kid":"license-1"}`),
      'ERR_DOCUMENT_HEADER',
    ),
    refused('no kid', 'exactly alg, kid and typ', compact(PAYLOAD, `{"alg":"Ed25519","typ":"${TYP}"}`), 'ERR_DOCUMENT_HEADER'),
    refused('kid with a space', 'printable ASCII without space', compact(PAYLOAD, header('license 1')), 'ERR_DOCUMENT_HEADER'),
    refused('payload not canonical', 'one spelling', compact(PAYLOAD.replace(',', ', ')), 'ERR_NOT_CANONICAL'),
    refused('fraction in the payload', 'integers only', compact('{"amount":1.5}'), 'ERR_DOCUMENT_PAYLOAD'),
    refused('payload as array', 'an object', compact('[]'), 'ERR_DOCUMENT_PAYLOAD'),
    refused(
      'payload with padding',
      'base64url has none',
      part(1, (text) => `${text}=`),
      'ERR_BASE64',
    ),
    refused(
      'trailing bits in the signature',
      'a second spelling of the same bytes',
      part(2, (text) => `${text.slice(0, -1)}${String.fromCharCode(text.charCodeAt(85) + 1)}`),
      'ERR_BASE64',
    ),
    refused('two parts', 'three in compact form', part(2, () => '').slice(0, -1), 'ERR_DOCUMENT_FORM'),
    refused('four parts', 'three in compact form', `${compact()}.`, 'ERR_DOCUMENT_FORM'),
    refused('line feed after the compact form', 'not part of it', `${compact()}\n`, 'ERR_BASE64'),
    refused('general form without line feed', 'canonical JSON and one line feed', BOTH.trimEnd(), 'ERR_DOCUMENT_FORM'),
    refused('general form with spaces', 'canonical JSON', BOTH.replace(',', ', '), 'ERR_NOT_CANONICAL'),
    refused(
      'unprotected header',
      'exactly protected and signature',
      BOTH.replace('{"protected"', '{"header":{},"protected"'),
      'ERR_DOCUMENT_FORM',
    ),
    refused('no signatures', 'one or more', `{"payload":"${base64url(PAYLOAD)}","signatures":[]}\n`, 'ERR_DOCUMENT_FORM'),
    refused(
      'flattened form',
      'compact or general',
      `{"payload":"${base64url(PAYLOAD)}","protected":"${base64url(header())}","signature":"AA"}\n`,
      'ERR_DOCUMENT_FORM',
    ),
    refused('nothing', 'no document', '', 'ERR_DOCUMENT_FORM'),
  ],
};
