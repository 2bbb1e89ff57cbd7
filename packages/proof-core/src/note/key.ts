export { NOTE_TYPE, type NoteKey, type NoteType } from './key-form.ts';
export { cosignatureKey, noteKey } from './named-key.ts';
export { formatVkey, parseVkey } from './vkey.ts';
