import { hexDecode, hexEncode } from '@countersign/proof-core/bytes/hex';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { ProofError } from '@countersign/proof-core/errors';
import { CompactRange } from '@countersign/proof-core/merkle/compact-range';
import { logKeys } from '@countersign/proof-core/receipt/log-keys';
import { ZERO_HASH } from '@countersign/proof-core/record/link';
import type { ExtractPayload } from '../../extract/document.ts';
import { type Outcomes, conclude } from '../conclude.ts';
import { type Run, Tally, type VerifyOptions } from '../context.ts';
import { checkOptions, refuseOptions } from '../error.ts';
import { FindingList } from '../finding.ts';
import { openIds, reportIds } from '../ids.ts';
import { judgePin } from '../pin.ts';
import { type RecordSource, SourceError } from '../ports.ts';
import type { Report } from '../report.ts';
import { MemberError } from '../segment/manifest.ts';
import { refusal } from '../segment/read.ts';
import { judgeDocument } from '../trust/document.ts';
import { type ReadNote, coveringCheckpoint, judgeNote, readNote } from '../trust/note.ts';
import { checkCoverage, checkRequest } from './range.ts';
import { type ReadExtract, readExtract } from './read.ts';
import { type ExtractTree, scanRecords } from './scan.ts';

/** The two files of an extract. */
export interface ExtractSource {
  /** The `.extract.json` file. */
  readonly document: Uint8Array;
  /** The record lines. */
  readonly records: RecordSource;
}

/**
 * Verifies an extract, offline: that every record is in the signed log, that none is missing between the first and the last, and who exported
 * it. Throws only for options that make no sense.
 *
 * @returns the verdict on five axes, the range, the findings
 * @throws ChainError ERR_VERIFY_OPTIONS; what an aborted `signal` holds
 * @see docs/spec/extract.md
 * @example (await inspectExtract({ document, records: fileSource('x.jsonl.gz') }, { resolver })).exitCode // 0
 */
export async function inspectExtract(source: ExtractSource, options: VerifyOptions, engine: Engine = defaultEngine): Promise<Report> {
  checkOptions(options);
  if (options.limit !== undefined) refuseOptions('limit', 'no limit: an extract is judged whole', options.limit);
  const findings = new FindingList(options.maxFindings);
  const tally = new Tally();
  const level = options.level ?? 'default';
  const concluded = (outcomes: Partial<Outcomes>): Report =>
    conclude({
      source: 'extract',
      chain: options.chain,
      options,
      level,
      findings,
      tally,
      pinned: false,
      signed: true,
      writeOnce: 'not applicable',
      ...outcomes,
    });
  const extract = readOr(source.document, engine, findings);
  if (extract === undefined) return concluded({});
  const { payload, proof } = extract;
  const chain = options.chain ?? options.previous?.chain ?? payload.chain;
  if (payload.chain !== chain) findings.add({ code: 'EXTRACT_FIELD', field: 'chain', expected: chain, actual: payload.chain });
  const keys = options.resolver === undefined ? [] : logKeys(options.resolver, chain, engine);
  const run: Run = { chain, options, level, engine, keys };
  const note = checkNote(readNote(utf8Encode(proof.checkpoint), chain), payload, findings);
  const ids = openIds(options);
  const scanned = await scanOr(run, tally, source.records, payload, treeOf(extract, findings), ids, findings);
  await reportIds(ids, findings);
  if (scanned === undefined || scanned.scan.firstTime === '') {
    if (!findings.hasExit(10) && !findings.hasExit(14)) findings.add({ code: 'NOTHING_TO_VERIFY', expected: chain });
    return concluded({ chain });
  }
  const { scan, digest, roots } = scanned;
  const { place } = scan;
  if (digest !== payload.digests.records)
    findings.add({ code: 'EXTRACT_FIELD', field: 'digests.records', expected: payload.digests.records, actual: digest });
  const rootHolds = note !== undefined && scanned.root === note.root;
  if (note !== undefined && scanned.root !== undefined && !rootHolds)
    findings.add({ code: 'ROOT_DIFFERS', seq: payload.last, field: 'root', expected: note.root, actual: scanned.root });
  checkRequest(payload, scan, findings);
  checkCoverage(payload, scan, options, findings);
  const signed = await judgeDocument(run, tally, 'extract', extract.document, place.time);
  for (const finding of signed.findings) findings.add(finding);
  const judged = note === undefined ? undefined : await judgeNote(run, tally, note, place.time);
  for (const finding of judged?.findings ?? []) findings.add(finding);
  const { previous } = options;
  const pinRoot = previous === undefined ? undefined : previous.size === payload.size ? scanned.root : roots.get(previous.size);
  const root = findings.hasAxis('integrity') ? undefined : pinRoot;
  const pin = await judgePin(run, tally, previous, { size: undefined, root, kind: 'archive' });
  for (const finding of pin.findings) findings.add(finding);
  const trusted = judged?.trusted === true && rootHolds;
  const end = roots.get(place.seq + 1);
  const newest = payload.size === payload.last + 1 ? place.time : undefined;
  return concluded({
    chain,
    verified: { from: payload.first, to: place.seq, count: scan.lines, fromTime: scan.firstTime, toTime: place.time },
    head: { size: place.seq + 1, ...(end === undefined ? {} : { root: end }), hash: hexEncode(place.hash) },
    ...(trusted ? { checkpoint: coveringCheckpoint(note, judged.kids, newest), time: judged.time } : {}),
    pinned: pin.holds,
  });
}

function readOr(bytes: Uint8Array, engine: Engine, findings: FindingList): ReadExtract | undefined {
  try {
    return readExtract(bytes, engine);
  } catch (error) {
    if (!(error instanceof ProofError || error instanceof MemberError)) throw error;
    findings.add({ code: 'EXTRACT_MALFORMED', ...refusal(error) });
    return undefined;
  }
}

function checkNote(read: ReturnType<typeof readNote>, { size, root }: ExtractPayload, findings: FindingList): ReadNote | undefined {
  if ('finding' in read) {
    findings.add(read.finding);
    return undefined;
  }
  const { note } = read;
  if (note.checkpoint.size !== size)
    findings.add({ code: 'CHECKPOINT_DIFFERS', field: 'size', expected: size, actual: note.checkpoint.size });
  else if (note.root !== root) findings.add({ code: 'CHECKPOINT_DIFFERS', field: 'root', expected: root, actual: note.root });
  else return note;
  return undefined;
}

/** The trees before and after the records; undefined when their hashes are not of the number that the places call for. */
function treeOf({ payload, proof }: ReadExtract, findings: FindingList): ExtractTree | undefined {
  const { first, first_prev, last, size } = payload;
  if (first === 0 && first_prev !== ZERO_HASH)
    findings.add({ code: 'EXTRACT_FIELD', seq: 0, field: 'first_prev', expected: ZERO_HASH, actual: first_prev });
  const range = (field: 'before' | 'after', begin: number, end: number): CompactRange | undefined => {
    try {
      return CompactRange.between(begin, end, proof[field].map((hash) => hexDecode(hash, 32))); // prettier-ignore
    } catch (error) {
      if (!(error instanceof ProofError)) throw error;
      findings.add({
        code: 'EXTRACT_FIELD',
        field,
        expected: `the compact range of [${begin}, ${end})`,
        actual: `${proof[field].length} hashes`,
      });
      return undefined;
    }
  };
  const before = range('before', 0, first);
  const after = range('after', last + 1, size);
  return before === undefined || after === undefined ? undefined : { before, after };
}

async function scanOr(
  run: Run,
  tally: Tally,
  records: RecordSource,
  payload: ExtractPayload,
  tree: ExtractTree | undefined,
  ids: ReturnType<typeof openIds>,
  findings: FindingList,
): ReturnType<typeof scanRecords> {
  try {
    return await scanRecords(run, tally, records, payload, tree, ids, findings);
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    findings.add({ code: 'SOURCE_UNREADABLE', actual: error.message });
    return undefined;
  }
}
