import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import { ProofError } from '@countersign/proof-core/errors';
import { type Checkpoint, parseCheckpoint } from '@countersign/proof-core/note/checkpoint';
import { verifyCosignatures } from '@countersign/proof-core/note/cosignature';
import type { NoteKey } from '@countersign/proof-core/note/key';
import { parseNote } from '@countersign/proof-core/note/note';
import { ChainError } from '../../errors.ts';
import { flushFolder, replaceFile } from '../file/replace.ts';
import { lockFile } from '../pglite/folder-lock.ts';

/** The newest checkpoint of a log that a witness has cosigned. */
export interface WitnessState {
  readonly checkpoint: Checkpoint;
  /** With the log's signature lines and the witness's own. */
  readonly note: Uint8Array;
  /** POSIX seconds, of the cosignature. */
  readonly time: number;
}

/** What a witness remembers. */
export interface WitnessFolder {
  /** @throws ChainError ERR_WITNESS_STATE when what is there cannot be read or was not cosigned by this witness */
  read(origin: string): Promise<WitnessState | undefined>;
  /** Resolves when it has reached stable storage. @throws ChainError ERR_WITNESS_STATE */
  write(origin: string, state: WitnessState): Promise<void>;
  /** Lets another process have it. */
  close(): void;
}

/** The name of a log's folder, in the state and in the monitoring URL: hex SHA-256 of its origin. */
export function originHash(origin: string): string {
  return createHash('sha256').update(origin).digest('hex');
}

/**
 * The state of a witness in a folder: `<hex SHA-256 of the origin>/checkpoint` is the cosigned note itself. Each is replaced at once and flushed;
 * one process has the folder at a time.
 *
 * @param key the witness's own: a state that it did not cosign is not its state
 * @throws ChainError ERR_LOG_IN_USE when another process has it; ERR_WITNESS_STATE
 * @example const state = await openWitnessFolder('/var/lib/witness', key);
 */
export async function openWitnessFolder(path: string, key: NoteKey): Promise<WitnessFolder> {
  const fileOf = (origin: string): string => join(path, originHash(origin), 'checkpoint');
  const attempt = async <T>(file: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      if (cause instanceof ChainError) throw cause;
      const code = cause instanceof ProofError ? cause.code : ((cause as NodeJS.ErrnoException).code ?? 'unknown');
      throw new ChainError('ERR_WITNESS_STATE', `${file}: expected the state of this witness, got ${code}`, {
        field: file,
        actual: code,
        cause,
      });
    }
  };
  await attempt(path, () => mkdir(path, { recursive: true, mode: 0o700 }));
  const release = lockFile(join(path, 'lock'));
  // Read from the disk once; what cannot be written is forgotten here too, and read again.
  const known = new Map<string, WitnessState>();
  return {
    read: (origin) =>
      attempt(fileOf(origin), async () => {
        const before = known.get(origin);
        if (before !== undefined) return before;
        const state = await readState(fileOf(origin), origin, key);
        if (state !== undefined) known.set(origin, state);
        return state;
      }),
    write: (origin, state) =>
      attempt(fileOf(origin), async () => {
        known.delete(origin);
        const folder = dirname(fileOf(origin));
        if ((await mkdir(folder, { recursive: true, mode: 0o700 })) !== undefined) await flushFolder(path);
        await replaceFile(fileOf(origin), state.note, 0o600);
        known.set(origin, state);
      }),
    close: release,
  };
}

async function readState(file: string, origin: string, key: NoteKey): Promise<WitnessState | undefined> {
  let note: Uint8Array;
  try {
    note = new Uint8Array(await readFile(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const parsed = parseNote(note);
  const checkpoint = parseCheckpoint(parsed.textBytes, { extensions: true });
  const [own] = await verifyCosignatures(parsed, [key], defaultEngine);
  if (own === undefined || checkpoint.origin !== origin)
    throw new ChainError('ERR_WITNESS_STATE', `${file}: expected a checkpoint of ${origin} that this witness cosigned`, { field: file });
  return { checkpoint, note, time: own.time };
}
