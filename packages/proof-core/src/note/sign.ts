import { defaultEngine } from '../engine/default.ts';
import type { Engine } from '../engine/engine.ts';
import { derSignature } from '../key/der.ts';
import { refuse } from '../errors.ts';
import { MAX_SIGNED_BYTES, type Signer } from '../ports.ts';
import { NOTE_TYPE } from './key-form.ts';
import { noteKey } from './named-key.ts';
import { type NoteSignature, checkNoteText, formatNote } from './note.ts';

/** A signer and the key name its lines carry: for a log, the origin. */
export interface NoteSigner {
  readonly name: string;
  readonly signer: Signer;
}

/**
 * Signs a text and writes the note; every returned signature is verified before it is kept.
 *
 * @param textBytes UTF-8 that ends in LF, at most 4,096 bytes; copied before the first wait
 * @param signers 1 or more, each asked with purpose `checkpoint`; during a rotation both the old and the new key
 * @param options a `signal` ends the wait for the signers
 * @returns the note: text, empty line, one signature line per signer
 * @throws ProofError ERR_SIGNER_OUTPUT when a signer returned a signature that does not verify; ERR_SIGN_INPUT_SIZE, ERR_NOTE_SYNTAX,
 *   ERR_NOTE_NAME, ERR_NOTE_KEY_TYPE, ERR_UTF8; and whatever a signer rejects with
 * @example await signNote(formatCheckpoint(checkpoint), [{ name: checkpoint.origin, signer }])
 */
export async function signNote(
  textBytes: Uint8Array,
  signers: readonly NoteSigner[],
  options: { readonly signal?: AbortSignal } = {},
  engine: Engine = defaultEngine,
): Promise<Uint8Array> {
  const text = textBytes.slice();
  checkNoteText(text);
  if (text.length > MAX_SIGNED_BYTES) refuse('ERR_SIGN_INPUT_SIZE', 'text', `at most ${MAX_SIGNED_BYTES} bytes`, text.length);
  const signatures = await Promise.all(signers.map((signer) => signText(text, signer, options.signal, engine)));
  return formatNote(text, signatures);
}

async function signText(
  text: Uint8Array,
  { name, signer }: NoteSigner,
  signal: AbortSignal | undefined,
  engine: Engine,
): Promise<NoteSignature> {
  const key = noteKey(name, signer.publicKey, engine);
  // Each signer gets bytes of its own: what it does to them reaches neither the note nor another signer.
  const raw = await signer.sign({ purpose: 'checkpoint', bytes: text.slice(), ...(signal === undefined ? {} : { signal }) });
  if (!(await engine.verify(key.publicKey, text, raw))) {
    refuse('ERR_SIGNER_OUTPUT', 'signature', `a signature by ${signer.kid} over the text`, 'one that does not verify');
  }
  const signature = key.type === NOTE_TYPE.ecdsa ? derSignature(raw) : raw.slice();
  return { name, keyId: key.keyId, signature };
}
