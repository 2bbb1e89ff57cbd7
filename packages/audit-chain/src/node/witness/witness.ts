import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { cosignNote } from '@countersign/proof-core/note/cosignature';
import { type NoteKey, cosignatureKey } from '@countersign/proof-core/note/key';
import { formatNote, formatSignature } from '@countersign/proof-core/note/note';
import type { NoteSigner } from '@countersign/proof-core/note/sign';
import type { Checkpoint } from '@countersign/proof-core/note/checkpoint';
import { type WitnessRefusal, judgeStep, readAsked } from '../../witness/judge.ts';
import { type WitnessState, openWitnessFolder } from './state.ts';

/** What a witness is made of. */
export interface WitnessSettings {
  /** Its Ed25519 key and the name on its cosignature lines. */
  readonly signer: NoteSigner;
  /** The keys of the logs that it knows; a key's name is its log's origin. */
  readonly logs: readonly NoteKey[];
  /** Where its state lies. */
  readonly folder: string;
  /** Milliseconds since 1970. */
  readonly clock: { now(): number };
}

/** What a witness answers to a request. */
export type WitnessReply =
  | { readonly status: 200; readonly line: Uint8Array; readonly checkpoint: Checkpoint; readonly time: number }
  | WitnessRefusal;

/** A witness: it cosigns a checkpoint of a log that it knows when that continues all it has cosigned before. */
export interface Witness {
  readonly key: NoteKey;
  /** @throws ChainError ERR_WITNESS_STATE; nothing was cosigned then */
  addCheckpoint(body: Uint8Array): Promise<WitnessReply>;
  /** The newest cosigned checkpoint of a log. */
  latest(origin: string): Promise<WitnessState | undefined>;
  /** The origins of the logs that it knows. */
  readonly origins: readonly string[];
  close(): void;
}

/**
 * Opens a witness (C2SP tlog-witness). For each log one request after another is judged, cosigned, brought to stable storage, and only then
 * answered: after a crash at any moment it never cosigns a second root of one size.
 *
 * @throws ChainError ERR_LOG_IN_USE, ERR_WITNESS_STATE; ProofError ERR_NOTE_KEY_TYPE when the key is not Ed25519
 * @example const witness = await openWitness({ signer: { name: 'witness.example.org/w1', signer }, logs, folder: 'state', clock: Date });
 */
export async function openWitness(settings: WitnessSettings, engine: Engine = defaultEngine): Promise<Witness> {
  const { signer, logs, clock } = settings;
  const key = cosignatureKey(signer.name, signer.signer.publicKey, engine);
  const state = await openWitnessFolder(settings.folder, key);
  const keysOf = (origin: string): readonly NoteKey[] => logs.filter(({ name }) => name === origin);
  const inTurn = turns();
  return {
    key,
    origins: [...new Set(logs.map(({ name }) => name))],
    latest: (origin) => inTurn(origin, () => state.read(origin)),
    async addCheckpoint(body) {
      const asked = await readAsked(body, keysOf, engine);
      if ('status' in asked) return asked;
      const { checkpoint, textBytes, signatures } = asked;
      const { origin } = checkpoint;
      return await inTurn(origin, async (): Promise<WitnessReply> => {
        const before = await state.read(origin);
        const refusal = judgeStep(asked, before?.checkpoint, engine);
        if (refusal !== undefined) return refusal;
        // Never an earlier time than before, also when the clock was set back.
        const time = Math.max(Math.floor(clock.now() / 1000), before?.time ?? 1);
        const line = await cosignNote(textBytes, signer, time, {}, engine);
        await state.write(origin, { checkpoint, time, note: formatNote(textBytes, [...signatures, line]) });
        return { status: 200, line: formatSignature(line), checkpoint, time };
      });
    },
    close: () => state.close(),
  };
}

/** Lets work on one log happen one after another, and work on different logs side by side. */
function turns(): <T>(name: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return (name, work) => {
    const mine = (last.get(name) ?? Promise.resolve()).then(work, work);
    const settled = mine.catch(() => {});
    last.set(name, settled);
    void settled.then(() => {
      if (last.get(name) === settled) last.delete(name);
    });
    return mine;
  };
}
