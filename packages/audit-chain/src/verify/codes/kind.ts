/** The axes of a report on which a finding can tell (architecture §5); `form` is the canonical-form check. */
export type Axis = 'integrity' | 'form' | 'signerTrust' | 'time' | 'writeOnce' | 'completeness';

/** What an exit code means: the first that applies of 10, 11, 13, 14, 12; 0 for findings that only inform. */
export type FindingExit = 10 | 11 | 13 | 14 | 12 | 0;

/** One kind of finding. */
export interface FindingKind {
  /** What happened, in the words of architecture §5. */
  readonly class: string;
  readonly axis: Axis;
  readonly exit: FindingExit;
  /** One sentence: what was seen. */
  readonly meaning: string;
  /** What a reader should do about it. */
  readonly action: string;
}

/** What to do when records were altered. */
export const RESTORE = 'Compare with another copy (write-once archive, backup, receipts); treat the copy that was checked as altered.';
/** What to do when files of an archive were altered. */
export const COMPARE = 'Fetch the segment again from write-once storage; if it stays different, treat the archive as altered.';
/** What to do when a signer does not count. */
export const ROTATION =
  'Ask the operator of the chain which registry version covers it; pin that one only if you got it from a source you trust.';
/** What to do when the writer itself made something that breaks a rule. */
export const ISSUER =
  'If nothing else is wrong with the record, the writer made these bytes, not the storage: report it to the operator of the chain.';

/** Makes a row of the table. */
export function kind(classOf: string, axis: Axis, exit: FindingExit, meaning: string, action: string): FindingKind {
  return { class: classOf, axis, exit, meaning, action };
}
