import { hexDecode } from '@countersign/proof-core/bytes/hex';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { ProofError } from '@countersign/proof-core/errors';
import { hashLeaf } from '@countersign/proof-core/merkle/hash';
import { verifyConsistency } from '@countersign/proof-core/merkle/consistency';
import { verifyInclusion } from '@countersign/proof-core/merkle/inclusion';
import { type ParsedRecord, type RecordEvent, parseRecord } from '@countersign/proof-core/record/parse';
import type { EvidenceCounts } from '../../evidence/document.ts';
import { commit } from '../../record/private.ts';
import type { Run, Tally } from '../context.ts';
import type { FindingList } from '../finding.ts';
import { readNested } from '../extract/read.ts';
import { MemberError, readManifest } from '../segment/manifest.ts';
import { refusal } from '../segment/read.ts';
import { judgeDocument } from '../trust/document.ts';
import { type ReadNote, judgeNote, readNote } from '../trust/note.ts';
import type { EvidenceLine } from './read.ts';

/** A record of a pack: what its filter asks about, and where it lies. */
export interface PackedRecord extends Pick<RecordEvent, 'actor' | 'subject' | 'type'> {
  readonly seq: number;
}

const ORDER: readonly EvidenceLine['kind'][] = ['registry', 'signer', 'record', 'manifest', 'document'];

/** Judges the lines of a pack one after the other, each against the checkpoint of its first line. */
export class PackReading {
  readonly records: PackedRecord[] = [];
  readonly counts: { -readonly [kind in keyof EvidenceCounts]: number } = { manifests: 0, private: 0, records: 0, signers: 0 };
  registry: { readonly digest: string } | undefined;
  document: ReturnType<typeof readNested> | undefined;
  firstTime = '';
  /** Of the newest record. */
  lastTime = '';
  readonly #run: Run;
  readonly #tally: Tally;
  readonly #note: ReadNote;
  readonly #findings: FindingList;
  #stage = 0;
  /** The record that private values belong to. */
  #event: RecordEvent | undefined;
  #signer = -1;

  constructor(run: Run, tally: Tally, note: ReadNote, findings: FindingList) {
    this.#run = run;
    this.#tally = tally;
    this.#note = note;
    this.#findings = findings;
  }

  /** @throws MemberError, ProofError when the line is not of its form */
  async take(line: EvidenceLine): Promise<void> {
    const stage = ORDER.indexOf(line.kind === 'private' ? 'record' : line.kind);
    if (stage < this.#stage || this.document !== undefined) throw new MemberError('kind', `lines in the order ${ORDER.join(', ')}`);
    this.#stage = stage;
    switch (line.kind) {
      case 'registry':
        if (this.registry !== undefined) throw new MemberError('kind', 'one registry');
        this.registry = readNested(line.registry, 'signers', this.#run.engine);
        return;
      case 'signer':
      case 'record':
        return this.#record(line);
      case 'private':
        return this.#private(line);
      case 'manifest':
        return await this.#manifest(line);
      default:
        this.document = readNested(line.document, 'evidence', this.#run.engine);
    }
  }

  #record({ kind, hashes, record }: EvidenceLine & { kind: 'signer' | 'record' }): void {
    const { engine, chain } = this.#run;
    const bytes = engine.canonicalize(record);
    const { event, link }: ParsedRecord = parseRecord(bytes);
    const { seq } = link;
    const last = kind === 'record' ? (this.records.at(-1)?.seq ?? -1) : this.#signer;
    if (seq <= last) this.#findings.add({ code: 'RECORD_REORDERED', seq, field: 'seq', expected: `more than ${last}`, actual: seq });
    if (link.chain !== chain) this.#findings.add({ code: 'RECORD_CHAIN', seq, field: 'link.chain', expected: chain, actual: link.chain });
    const { size, root } = this.#note.checkpoint;
    try {
      verifyInclusion(seq, size, hashLeaf(bytes, engine), hashes.map((hash) => hexDecode(hash, 32)), root, engine); // prettier-ignore
    } catch (error) {
      if (!(error instanceof ProofError)) throw error;
      this.#findings.add({ code: 'RECEIPT_INCLUSION', seq, ...refusal(error) });
    }
    if (kind === 'signer') {
      if (!event.type.startsWith('signer.'))
        this.#findings.add({ code: 'EVIDENCE_FIELD', seq, field: 'event.type', expected: 'an event of a signer', actual: event.type });
      this.#signer = seq;
      this.counts.signers++;
      return;
    }
    const { actor, subject, type } = event;
    this.records.push({ seq, actor, type, ...(subject === undefined ? {} : { subject }) });
    this.counts.records++;
    this.#event = event;
    if (this.firstTime === '') this.firstTime = link.time;
    this.lastTime = link.time;
  }

  #private({ id, name, salt, value }: EvidenceLine & { kind: 'private' }): void {
    this.counts.private++;
    const commitments = this.#event?.id === id ? this.#event.private : undefined;
    const expected = commitments !== undefined && Object.hasOwn(commitments, name) ? commitments[name]!.digest : undefined;
    const actual = commit({ chain: this.#run.chain, id, name, value }, hexDecode(salt, 32), this.#run.engine);
    if (actual === expected) return;
    const seq = this.records.at(-1)?.seq;
    this.#findings.add({
      code: 'PRIVATE_DIFFERS',
      ...(seq === undefined ? {} : { seq }),
      field: 'private',
      expected: expected ?? 'a value that the record commits to',
      actual,
    });
  }

  async #manifest({ hashes, manifest: nested }: EvidenceLine & { kind: 'manifest' }): Promise<void> {
    const { engine, chain } = this.#run;
    const { bytes, value } = readNested(nested, 'segment-manifest', engine);
    const manifest = readManifest(value);
    const { first, last, size, root } = manifest;
    const segment = first;
    this.counts.manifests++;
    const differs = (field: string, expected: string | number, actual: string | number): void =>
      this.#findings.add({ code: 'EVIDENCE_FIELD', segment, field, expected, actual });
    if (manifest.chain !== chain) return differs('manifest.chain', chain, manifest.chain);
    if (!this.records.some(({ seq }) => seq >= first && seq <= last)) differs('manifest.first', 'a segment of one of the records', first);
    const newest = this.#note.checkpoint;
    try {
      verifyConsistency(size, hexDecode(root, 32), newest.size, newest.root, hashes.map((hash) => hexDecode(hash, 32)), engine); // prettier-ignore
    } catch (error) {
      if (!(error instanceof ProofError)) throw error;
      differs('manifest.root', 'a tree that the checkpoint continues', root);
    }
    const signed = await judgeDocument(this.#run, this.#tally, 'segment-manifest', bytes, undefined);
    const note = readNote(utf8Encode(manifest.checkpoint), chain);
    if ('finding' in note) return this.#findings.add({ ...note.finding, segment });
    if (note.note.root !== root || note.note.checkpoint.size !== size) differs('manifest.checkpoint', root, note.note.root);
    const judged = await judgeNote(this.#run, this.#tally, note.note, undefined);
    for (const finding of [...signed.findings, ...judged.findings]) this.#findings.add({ ...finding, segment });
  }
}
