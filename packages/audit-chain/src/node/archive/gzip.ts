import { gzipSync } from 'node:zlib';
import type { GzipMember } from '../../archive/segment.ts';

/**
 * Compresses to one gzip member (RFC 1952 §2.3) whose header is always `1f 8b 08 00 00000000 00 ff`: no flags, no time, no system, so that
 * the same bytes give the same member everywhere.
 */
export const gzipMember: GzipMember = (bytes) => {
  const member = gzipSync(bytes, { level: 6 });
  member[8] = 0;
  member[9] = 0xff;
  return member;
};
