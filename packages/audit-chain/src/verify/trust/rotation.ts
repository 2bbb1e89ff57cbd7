import { base64Decode } from '@countersign/proof-core/bytes/base64';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { ProofError } from '@countersign/proof-core/errors';
import type { Run, Tally } from '../context.ts';
import type { Finding } from '../finding.ts';
import type { Rotation } from '../reserved/own-records.ts';

/**
 * Checks the signatures inside `signer.rotated` records: the old and the new key each sign that one follows the other (docs/spec/signers.md §8,
 * §11). A key that the pinned registry does not have is not judged.
 *
 * @param rotations as `OwnRecords` collected them
 * @returns `ROTATION_SIGNATURE` for every signature that does not hold
 * @example findings.push(...(await judgeRotations(run, tally, rotations)))
 */
export async function judgeRotations(run: Run, tally: Tally, rotations: readonly Rotation[]): Promise<Finding[]> {
  const entries = new Map((run.options.resolver?.entries() ?? []).map((entry) => [entry.kid, entry]));
  const findings: Finding[] = [];
  for (const { seq, from, to, registry, signatures } of rotations) {
    const statement = utf8Encode(`countersign/rotation@1\0${from}\0${to}\0${registry}`);
    for (const [kid, signature] of [
      [from, signatures.from],
      [to, signatures.to],
    ] as const) {
      const key = entries.get(kid)?.key;
      if (key === undefined) continue;
      tally.signatures++;
      const bytes = decode(signature);
      if (from !== to && bytes !== undefined && (await run.engine.verify(key, statement, bytes))) continue;
      findings.push({ code: 'ROTATION_SIGNATURE', seq, field: `event.payload.signatures.${kid === from ? 'from' : 'to'}`, actual: kid });
    }
  }
  return findings;
}

function decode(text: string): Uint8Array | undefined {
  try {
    return base64Decode(text, 'signature');
  } catch (error) {
    if (error instanceof ProofError) return undefined;
    throw error;
  }
}
