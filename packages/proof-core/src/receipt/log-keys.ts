import { defaultEngine } from '../engine/default.ts';
import type { Engine } from '../engine/engine.ts';
import { ProofError } from '../errors.ts';
import type { NoteKey } from '../note/key-form.ts';
import { noteKey } from '../note/named-key.ts';
import type { KeyEntry, KeyResolver } from '../ports.ts';

/** A registered key under the name that a log's signature lines give it. */
export interface LogKey {
  readonly entry: KeyEntry;
  readonly noteKey: NoteKey;
}

/**
 * Every registered key as it would sign checkpoints of one log; whether it may is a question for `resolver.resolve`.
 *
 * Keys that cannot sign notes (P-384, RSA-PSS, ML-DSA-65) are left out. Keys that are not trusted stay in, so that a bad signature under their
 * name refuses the note.
 *
 * @param origin the log's origin, which is the name of its keys (architecture §3.2)
 * @throws ProofError ERR_NOTE_NAME an origin that names no key
 * @example logKeys(resolver, 'log.example.com/audit').map(({ noteKey }) => noteKey)
 */
export function logKeys(resolver: KeyResolver, origin: string, engine: Engine = defaultEngine): readonly LogKey[] {
  const keys: LogKey[] = [];
  for (const entry of resolver.entries()) {
    try {
      keys.push({ entry, noteKey: noteKey(origin, entry.key, engine) });
    } catch (error) {
      if (!(error instanceof ProofError) || error.code !== 'ERR_NOTE_KEY_TYPE') throw error;
    }
  }
  return keys;
}
