import type { Engine } from '@countersign/proof-core/engine/engine';
import { ProofError } from '@countersign/proof-core/errors';
import { checkCanonicalForm } from '@countersign/proof-core/json/check';
import type { DeepCheck } from './deep.ts';
import type { FormCheck } from './fast.ts';
import { checkMembers } from './members.ts';
import type { Report } from './place.ts';
import { hasForm } from './whole-form.ts';

/** The longest record there can be, in bytes. */
export const MAX_RECORD_BYTES = 65_535;

/**
 * Makes the form check of level `default`: every byte canonical (RFC 8785), the members closed and by their rules.
 *
 * UTF-8 is checked once for a stretch of lines; only when that fails, line by line. One pass tells whether a record is well formed; what is
 * wrong with one that is not, the two checks behind it say.
 *
 * @param deep what level `deep` adds for records whose form holds
 * @returns a function that takes a stretch of bytes and gives the check for its lines
 */
export function formCheck(report: Report, engine: Engine, deep?: DeepCheck): (bytes: Uint8Array, start: number, end: number) => FormCheck {
  const lines = engine.recordLines?.();
  return (stretch, from, to) => {
    const utf8 = engine.isUtf8(stretch, from, to);
    const view = new DataView(stretch.buffer, stretch.byteOffset, stretch.length);
    const byLines = utf8 && deep === undefined;
    return {
      judge(start, end, linkAt, seq) {
        const short = end - start <= MAX_RECORD_BYTES;
        if (short && (utf8 || engine.isUtf8(stretch, start, end)) && hasForm(stretch, view, start, linkAt, seq)) {
          if (byLines && seq > 0) lines?.rememberType(stretch, linkAt);
          deep?.(stretch, start, end, seq);
          return;
        }
        explain(stretch, view, start, end, linkAt, seq);
      },
      byLines,
    };
  };

  function explain(bytes: Uint8Array, view: DataView, start: number, end: number, linkAt: number, seq: number): void {
    const refuse = (code: 'RECORD_NOT_CANONICAL' | 'RECORD_FORM', expected: string, actual: string): void =>
      report({ code, seq, field: 'record', expected, actual });
    if (end - start > MAX_RECORD_BYTES) return refuse('RECORD_FORM', `at most ${MAX_RECORD_BYTES} bytes`, `${end - start} bytes`);
    if (!engine.isUtf8(bytes, start, end)) return refuse('RECORD_NOT_CANONICAL', 'valid UTF-8', 'bytes that are not');
    try {
      checkCanonicalForm(bytes, start, end);
    } catch (error) {
      if (!(error instanceof ProofError)) throw error;
      return refuse('RECORD_NOT_CANONICAL', String(error.expected), String(error.actual));
    }
    const fault = checkMembers(bytes, view, start, linkAt, seq);
    // A record that the first pass refused and these two accept would be a contradiction: it is refused.
    if (fault !== undefined) report({ ...fault, seq });
    else refuse('RECORD_FORM', 'the form of countersign/record@1', 'another');
  }
}
