import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { ProofError } from '@countersign/proof-core/errors';
import { parseCanonical } from '@countersign/proof-core/json/parse';
import { parseCheckpoint } from '@countersign/proof-core/note/checkpoint';
import { parseNote } from '@countersign/proof-core/note/note';
import { logKeys } from '@countersign/proof-core/receipt/log-keys';
import type { EvidencePayload } from '../../evidence/document.ts';
import { isWanted } from '../../read/record.ts';
import { type Outcomes, conclude } from '../conclude.ts';
import { type Run, Tally, type VerifyOptions } from '../context.ts';
import { checkOptions, refuseOptions } from '../error.ts';
import { FindingList } from '../finding.ts';
import { type RecordSource, SourceError } from '../ports.ts';
import { wholeLines } from '../records/lines.ts';
import type { Report } from '../report.ts';
import { MemberError } from '../segment/manifest.ts';
import { refusal } from '../segment/read.ts';
import { judgeDocument } from '../trust/document.ts';
import { coveringCheckpoint, judgeNote, readNote } from '../trust/note.ts';
import { PackReading } from './pack.ts';
import { readEvidenceLine, readEvidencePayload, readHead } from './read.ts';

/**
 * Verifies an evidence pack, offline: that every record of it is in the signed log, that it is what was asked for, and who packed it. The
 * registry in the pack is compared, never trusted. Throws only for options that make no sense.
 *
 * @param source the lines of the pack
 * @throws ChainError ERR_VERIFY_OPTIONS; what an aborted `signal` holds
 * @see docs/spec/evidence-pack.md
 * @example (await inspectEvidence(fileSource('order-123.evidence'), { resolver })).exitCode // 0
 */
export async function inspectEvidence(source: RecordSource, options: VerifyOptions, engine: Engine = defaultEngine): Promise<Report> {
  checkOptions(options);
  for (const name of ['from', 'to', 'limit', 'previous'] as const)
    if (options[name] !== undefined) refuseOptions(name, 'none: an evidence pack is judged whole', name);
  const findings = new FindingList(options.maxFindings);
  const tally = new Tally();
  const judging = new EvidenceJudging(options, findings, tally, engine);
  try {
    await judging.read(source);
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    findings.add({ code: 'SOURCE_UNREADABLE', actual: error.message });
  }
  const outcomes = await judging.judge();
  return conclude({
    source: 'evidence',
    chain: options.chain,
    options,
    level: options.level ?? 'default',
    findings,
    tally,
    pinned: false,
    signed: true,
    writeOnce: 'not applicable',
    ...outcomes,
  });
}

class EvidenceJudging {
  readonly #options: VerifyOptions;
  readonly #findings: FindingList;
  readonly #tally: Tally;
  readonly #engine: Engine;
  #note: ReturnType<typeof readNote> | undefined;
  #run: Run | undefined;
  #pack: PackReading | undefined;
  /** SHA-256 of the lines before the document, hex. */
  #digest = '';
  #lines = 0;

  constructor(options: VerifyOptions, findings: FindingList, tally: Tally, engine: Engine) {
    this.#options = options;
    this.#findings = findings;
    this.#tally = tally;
    this.#engine = engine;
  }

  async read(source: RecordSource): Promise<void> {
    const digest = this.#engine.hasher();
    for await (const { bytes, end } of wholeLines(source.chunks(this.#options.signal), source.allocate?.bind(source))) {
      for (let at = 1; at < end;) {
        const feed = bytes.indexOf(10, at);
        const lineEnd = feed < 0 || feed > end ? end : feed;
        const line = bytes.slice(at, lineEnd);
        const next = Math.min(end, lineEnd + 1);
        const ended = this.#pack?.document !== undefined;
        await this.#take(line);
        if (this.#pack?.document === undefined) digest.update(bytes.slice(at, next));
        else if (!ended) this.#digest = digest.hex();
        this.#tally.bytes += next - at;
        at = next;
      }
      this.#options.signal?.throwIfAborted();
    }
  }

  async #take(line: Uint8Array): Promise<void> {
    const number = ++this.#lines;
    try {
      const value = parseCanonical(line, `line ${number}`);
      if (number === 1) return this.#begin(readHead(value));
      if (this.#pack !== undefined) await this.#pack.take(readEvidenceLine(value));
    } catch (error) {
      if (!(error instanceof ProofError || error instanceof MemberError)) throw error;
      const { field, ...said } = refusal(error);
      this.#findings.add({ code: 'EVIDENCE_MALFORMED', field: `line ${number}${field === undefined ? '' : `, ${field}`}`, ...said });
    }
  }

  #begin(checkpoint: string): void {
    const { resolver, chain: asked, level = 'default' } = this.#options;
    const bytes = utf8Encode(checkpoint);
    const chain = asked ?? parseCheckpoint(parseNote(bytes).textBytes).origin;
    const keys = resolver === undefined ? [] : logKeys(resolver, chain, this.#engine);
    this.#run = { chain, options: this.#options, level, engine: this.#engine, keys };
    this.#note = readNote(bytes, chain);
    if ('finding' in this.#note) this.#findings.add(this.#note.finding);
    else this.#pack = new PackReading(this.#run, this.#tally, this.#note.note, this.#findings);
  }

  async judge(): Promise<Partial<Outcomes>> {
    const run = this.#run;
    const pack = this.#pack;
    const findings = this.#findings;
    if (run === undefined || pack === undefined || this.#note === undefined || 'finding' in this.#note) {
      if (!findings.hasExit(10) && !findings.hasExit(14)) findings.add({ code: 'NOTHING_TO_VERIFY', expected: 'an evidence pack' });
      return {};
    }
    const { note } = this.#note;
    this.#tally.records = pack.records.length;
    const time = pack.lastTime === '' ? undefined : pack.lastTime;
    await this.#judgeDocument(pack, run, time);
    const judged = await judgeNote(run, this.#tally, note, time);
    for (const finding of judged.findings) findings.add(finding);
    const [first] = pack.records;
    const last = pack.records.at(-1);
    if (first === undefined || last === undefined) {
      if (!findings.hasExit(10)) findings.add({ code: 'NOTHING_TO_VERIFY', expected: 'a record' });
      return { chain: run.chain };
    }
    return {
      chain: run.chain,
      verified: { from: first.seq, to: last.seq, count: pack.records.length, fromTime: pack.firstTime, toTime: pack.lastTime },
      ...(judged.trusted ? { checkpoint: coveringCheckpoint(note, judged.kids, undefined), time: judged.time } : {}),
    };
  }

  async #judgeDocument(pack: PackReading, run: Run, time: string | undefined): Promise<void> {
    const { document } = pack;
    if (document === undefined)
      return this.#findings.add({
        code: 'EVIDENCE_MALFORMED',
        field: 'document',
        expected: 'a signed document at the end',
        actual: 'none',
      });
    let payload: EvidencePayload;
    try {
      payload = readEvidencePayload(document.value);
    } catch (error) {
      if (!(error instanceof MemberError)) throw error;
      return this.#findings.add({ code: 'EVIDENCE_MALFORMED', ...refusal(error) });
    }
    this.#compare(payload, pack, run);
    const signed = await judgeDocument(run, this.#tally, 'evidence', document.bytes, time);
    for (const finding of signed.findings) this.#findings.add(finding);
  }

  #compare(payload: EvidencePayload, pack: PackReading, run: Run): void {
    const { registry } = this.#options;
    const same = (field: string, expected: string | number, actual: string | number | undefined): void => {
      if (actual !== expected) this.#findings.add({ code: 'EVIDENCE_FIELD', field, expected, actual: actual ?? 'none' });
    };
    same('chain', run.chain, payload.chain);
    same('digests.lines', payload.digests.lines, this.#digest);
    for (const name of ['manifests', 'private', 'records', 'signers'] as const)
      same(`counts.${name}`, payload.counts[name], pack.counts[name]);
    same('registry.digest', payload.registry.digest, pack.registry?.digest);
    const { checkpoint } = (this.#note as { readonly note: { readonly checkpoint: { readonly size: number; readonly root: Uint8Array } } })
      .note;
    same('size', payload.size, checkpoint.size);
    same('root', payload.root, hexEncode(checkpoint.root));
    for (const record of pack.records) {
      const { seq } = record;
      if (!isWanted(record, payload.filter) || seq < payload.first || seq > payload.last)
        this.#findings.add({ code: 'EVIDENCE_FIELD', seq, field: 'filter', expected: 'a record that was asked for', actual: 'another' });
    }
    // What the pack says of its registry is compared with the pinned one; only that one is trusted.
    if (registry?.version === payload.registry.version && registry.digest !== payload.registry.digest)
      this.#findings.add({ code: 'REGISTRY_DIFFERS', field: 'registry', expected: registry.digest, actual: payload.registry.digest });
  }
}
