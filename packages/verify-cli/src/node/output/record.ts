import { Buffer } from 'node:buffer';
import type { ReadRecord } from '@countersign/audit-chain/read/record';
import { plain } from './style.ts';

/** A record as a line of text for people; nothing in it steers the terminal. */
export function recordLine({ seq, event, link, settled }: ReadRecord): string {
  const { actor, payload, subject, type } = event;
  const parts = [String(seq).padStart(6), link.time, type, actor, ...(subject === undefined ? [] : [subject]), JSON.stringify(payload)];
  return `${parts.map(plain).join('  ')}${settled ? '' : '  (not settled)'}\n`;
}

/** A record as it is stored: canonical JSON on one line. */
export function recordJson({ record }: ReadRecord): Uint8Array {
  return Buffer.concat([record, Buffer.from('\n')]);
}
