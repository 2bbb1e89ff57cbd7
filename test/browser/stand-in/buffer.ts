import { base64Encode, base64urlDecode, base64urlEncode } from '../../../packages/proof-core/src/bytes/base64.ts';
import { concatBytes } from '../../../packages/proof-core/src/bytes/compare.ts';
import { hexDecode, hexEncode } from '../../../packages/proof-core/src/bytes/hex.ts';
import { NotInBrowser } from './not-in-browser.ts';

/** What the tests of proof-core use of Node's Buffer. */
export class Buffer extends Uint8Array {
  static override from(source: unknown, encoding?: string | ((value: number, index: number) => number)): Buffer {
    if (typeof source !== 'string') return new Buffer(source as ArrayLike<number>);
    if (encoding === 'hex') return new Buffer(hexDecode(source));
    if (encoding === 'base64url') return new Buffer(base64urlDecode(source));
    if (encoding !== undefined && encoding !== 'utf8') throw new NotInBrowser(`Buffer.from(…, '${typeof encoding}')`);
    return new Buffer(new TextEncoder().encode(source));
  }

  static alloc(length: number, byte = 0): Buffer {
    return new Buffer(length).fill(byte);
  }

  static concat(parts: readonly Uint8Array[]): Buffer {
    return new Buffer(concatBytes(...parts));
  }

  static compare(a: Uint8Array, b: Uint8Array): number {
    const at = a.findIndex((byte, i) => byte !== b[i]);
    return at < 0 ? Math.sign(a.length - b.length) : Math.sign(a[at]! - (b[at] ?? -1));
  }

  override toString(encoding = 'utf8'): string {
    if (encoding === 'hex') return hexEncode(this);
    if (encoding === 'base64') return base64Encode(this);
    if (encoding === 'base64url') return base64urlEncode(this);
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(this);
  }

  equals(other: Uint8Array): boolean {
    return Buffer.compare(this, other) === 0;
  }

  readDoubleBE(): number {
    return new DataView(this.buffer, this.byteOffset).getFloat64(0);
  }
}
