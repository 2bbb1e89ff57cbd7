import { concatBytes } from '@countersign/proof-core/bytes/compare';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { hashLeaf } from '@countersign/proof-core/merkle/hash';
import { CompactRange } from '@countersign/proof-core/merkle/compact-range';
import { TreeView } from '@countersign/proof-core/merkle/tree';
import { formatCheckpoint } from '@countersign/proof-core/note/checkpoint';
import { type NoteKey, cosignatureKey, noteKey } from '@countersign/proof-core/note/key';
import { parseNote } from '@countersign/proof-core/note/note';
import { signNote } from '@countersign/proof-core/note/sign';
import { formatAddCheckpoint } from '@countersign/proof-core/note/witness';
import type { Signer } from '@countersign/proof-core/ports';
import type { Submission } from '../../src/witness/ask.ts';
import { testSigner } from '../support/keys.ts';

export const ORIGIN = 'example.com/log';
export const logSigner: Signer = testSigner(21, 'log');
export const logKey: NoteKey = noteKey(ORIGIN, logSigner.publicKey);
export const witnessSigner: Signer = testSigner(22, 'witness.example.org/w1');
export const witnessKey: NoteKey = cosignatureKey(witnessSigner.kid, witnessSigner.publicKey);

/** A log in memory: its leaves are numbers, in another history from `forkAt` on other ones. */
export class MemoryLog {
  readonly #view: TreeView;
  readonly #signer: Signer;
  readonly origin: string;
  constructor(
    size: number,
    { forkAt = size, signer = logSigner, origin = ORIGIN }: { forkAt?: number; signer?: Signer; origin?: string } = {},
  ) {
    const leaves = Array.from({ length: size }, (_, i) => hashLeaf(utf8Encode(i < forkAt ? `leaf ${i}` : `other leaf ${i}`)));
    this.#view = new TreeView(CompactRange.empty(), concatBytes(...leaves));
    this.#signer = signer;
    this.origin = origin;
  }

  async note(size: number): Promise<Uint8Array> {
    const text = formatCheckpoint({ origin: this.origin, size, root: this.#view.root(size) });
    return await signNote(text, [{ name: this.origin, signer: this.#signer }]);
  }

  proof(from: number, to: number): Uint8Array[] {
    return from === 0 || from === to ? [] : this.#view.consistencyProof(from, to);
  }

  async submission(size: number): Promise<Submission> {
    const note = await this.note(size);
    // oxlint-disable-next-line typescript/require-await -- the port is asynchronous
    const proofFrom = async (from: number): Promise<Uint8Array[]> => this.proof(from, size);
    return { origin: this.origin, size, note, parsed: parseNote(note), proofFrom };
  }

  /** The body of a request. */
  async body(old: number, size: number): Promise<Uint8Array> {
    return formatAddCheckpoint({ old, proof: this.proof(old, size), note: await this.note(size) });
  }
}
