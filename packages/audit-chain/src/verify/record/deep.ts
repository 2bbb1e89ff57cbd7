import { equalBytes } from '@countersign/proof-core/bytes/compare';
import { hexDecode } from '@countersign/proof-core/bytes/hex';
import { utf8Decode } from '@countersign/proof-core/bytes/utf8';
import { ProofError } from '@countersign/proof-core/errors';
import { canonicalize } from '@countersign/proof-core/json/canonicalize';
import type { IdStore } from '../ports.ts';
import type { Report } from './place.ts';

/** Judges one record beyond its form; called for records whose form holds. */
export type DeepCheck = (bytes: Uint8Array, start: number, end: number, seq: number) => void;

/**
 * Makes the checks of level `deep` on a record: an independent second opinion on its form (parse it, write it again by the portable
 * writer, compare), and its id for `IdStore`, which finds ids that come twice.
 *
 * @param beside compares what a database keeps beside the record
 */
export function deepCheck(report: Report, ids: IdStore, beside?: (record: Uint8Array, seq: number) => void): DeepCheck {
  return (bytes, start, end, seq) => {
    const line = bytes.subarray(start, end);
    const refuse = (): void =>
      report({
        code: 'RECORD_NOT_CANONICAL',
        seq,
        field: 'record',
        expected: 'the bytes that a second writer makes of it',
        actual: 'others',
      });
    try {
      const record = JSON.parse(utf8Decode(line)) as { readonly event: { readonly id: string } };
      if (!equalBytes(canonicalize(record), line)) refuse();
      ids.add(hexDecode(record.event.id.replaceAll('-', ''), 16), seq);
      beside?.(line, seq);
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof ProofError)) throw error;
      refuse();
    }
  };
}
