const encoder = new TextEncoder();
const split = (text) => text.split('¦').map((piece) => encoder.encode(piece));

/** Numbers at the edges of what a parser of sizes must refuse or accept. */
export const NUMBERS = split(
  '¦0¦-0¦00¦1¦01¦255¦256¦65535¦4294967295¦4294967296¦9007199254740991¦9007199254740992¦18446744073709551615¦18446744073709551616¦' +
    '99999999999999999999999¦1e400¦1E30¦0.1¦1e-400¦-1¦+1¦0x10¦ 12 ¦1_000',
);

/** Pieces that mean something to at least one parser: separators, escapes, odd spaces, format headers. */
const TEXT_TOKENS = split(
  '\n¦\n\n¦\r\n¦\0¦ ¦\t¦\u00a0¦\u0085¦\u2028¦\ufeff¦\u2014 ¦\u2014¦+¦=¦==¦-¦_¦!¦/¦.¦..¦,¦"¦\\"¦\\u0000¦\\ud800¦\\u0061¦\u{1f600}¦' +
    '{}¦[]¦{"¦":¦[[[[[[[[¦"__proto__":¦null¦true¦AAAA¦AB==¦c2sp.org/tlog-proof@v1\n¦index 0\n¦extra AAAA\n¦cosignature/v1\ntime 1\n¦' +
    'countersign/record@1¦"link":{¦{"event":{¦00000000¦-----BEGIN PUBLIC KEY-----\n¦\n-----END PUBLIC KEY-----¦"alg":"none"¦"alg":"Ed25519"¦' +
    '"crit":[]¦"signatures":[]¦"kid":""¦eyJ¦old 0\n',
);

/** Broken UTF-8 (cut short, overlong, a surrogate, beyond U+10FFFF), gzip and DER headers. */
const BYTE_TOKENS = [
  'ff',
  'c080',
  'eda080',
  'f4908080',
  'e280',
  '80',
  '1f8b',
  '1f8b08000000000000ff',
  '3080',
  '30820100',
  '0420',
  '00000000',
].map((hex) => Uint8Array.from(hex.match(/../g), (byte) => Number.parseInt(byte, 16)));

export const TOKENS = TEXT_TOKENS.concat(BYTE_TOKENS);
