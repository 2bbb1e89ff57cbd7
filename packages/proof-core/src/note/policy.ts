import { hexEncode } from '../bytes/hex.ts';
import { utf8Decode } from '../bytes/utf8.ts';
import { defaultEngine } from '../engine/default.ts';
import type { Engine } from '../engine/engine.ts';
import { ProofError, refuse } from '../errors.ts';
import { NOTE_TYPE, type NoteKey, isCosignatureType } from './key-form.ts';
import { parseVkey, splitVkey } from './vkey.ts';

/** The longest policy that is read, in bytes. */
export const MAX_POLICY_BYTES = 262_144;

/** The most logs, and the most witnesses and groups, that a policy may name: each key costs a millisecond, each group one call. */
export const MAX_POLICY_NAMES = 1024;

/** A log that a policy accepts. */
export interface PolicyLog {
  /** The log's origin. */
  readonly name: string;
  /** Absent when the key is of a signature type that this library does not verify. */
  readonly key?: NoteKey;
  readonly url?: string;
}

/** A witness that a policy knows. */
export interface PolicyWitness {
  readonly kind: 'witness';
  /** Its name in the policy, not in its signature lines. */
  readonly name: string;
  /** Of type 0x04 or 0x06; without a module for it (`withMlDsa`) the latter never counts. */
  readonly key: NoteKey;
  readonly url?: string;
}

/** Witnesses and groups of which `threshold` must have cosigned. */
export interface PolicyGroup {
  readonly kind: 'group';
  readonly name: string;
  /** 1 to the number of members. */
  readonly threshold: number;
  readonly members: readonly (PolicyWitness | PolicyGroup)[];
}

/** Which logs are accepted, and which cosignatures a checkpoint needs (C2SP tlog-policy). */
export interface Policy {
  readonly logs: readonly PolicyLog[];
  readonly witnesses: readonly PolicyWitness[];
  /** What must have cosigned; absent for `quorum none`. */
  readonly quorum?: PolicyWitness | PolicyGroup;
}

/** Types that signed-note reserves, and the Ed25519 cosignature type, are no log's. */
const NOT_LOG_TYPES: readonly number[] = [0x03, NOTE_TYPE.cosignature, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe];

/**
 * Reads a trust policy, strictly (C2SP tlog-policy).
 *
 * @param bytes lines of octets 0x09, 0x20–0x7e and 0x80–0xff, each ending in a line feed; at most 262,144 bytes, 1,024 logs, 1,024
 *   witnesses and groups
 * @throws ProofError ERR_POLICY, and for a key what `parseVkey` throws; `field` names the line
 * @example parsePolicy(utf8Encode(`log ${vkey}\nquorum none\n`)).logs[0].name
 */
export function parsePolicy(bytes: Uint8Array, engine: Engine = defaultEngine): Policy {
  if (bytes.length > MAX_POLICY_BYTES) refuse('ERR_POLICY', 'policy', `at most ${MAX_POLICY_BYTES} bytes`, bytes.length);
  const lines = readOctets(bytes).split('\n');
  if (lines.pop() !== '') refuse('ERR_POLICY', 'policy', 'a line feed at the end', 'another end');
  const reader = new PolicyReader(engine);
  lines.forEach((line, i) => reader.readLine(line, `line ${i + 1}`));
  return reader.end();
}

/** One character for each octet: the specification compares names as octets. */
function readOctets(bytes: Uint8Array): string {
  let text = '';
  for (const [at, byte] of bytes.entries()) {
    if ((byte < 0x20 && byte !== 0x09 && byte !== 0x0a) || byte === 0x7f) refuse('ERR_POLICY', 'policy', 'no control byte', `one at ${at}`);
    text += String.fromCharCode(byte);
  }
  return text;
}

/** Octets as text: UTF-8 where they are. */
function textOf(octets: string): string {
  try {
    return utf8Decode(Uint8Array.from(octets, (character) => character.charCodeAt(0)));
  } catch {
    return octets;
  }
}

function readUrl(octets: string | undefined): { url?: string } {
  return octets === undefined ? {} : { url: textOf(octets) };
}

class PolicyReader {
  readonly #engine: Engine;
  readonly #logs: PolicyLog[] = [];
  readonly #witnesses: PolicyWitness[] = [];
  readonly #defined = new Map<string, PolicyWitness | PolicyGroup>();
  readonly #logKeys = new Set<string>();
  readonly #witnessKeys = new Set<string>();
  readonly #members = new Set<string>();
  #quorum: { readonly of: PolicyWitness | PolicyGroup | undefined } | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  readLine(line: string, field: string): void {
    const [keyword = '', ...words] = line.split(/[\t ]+/).filter((word) => word !== '');
    if (keyword === '' || keyword.startsWith('#')) return;
    if (keyword === 'log' && (words.length === 1 || words.length === 2)) this.#readLog(words, field);
    else if (keyword === 'witness' && (words.length === 2 || words.length === 3)) this.#readWitness(words, field);
    else if (keyword === 'group' && words.length >= 3) this.#readGroup(words, field);
    else if (keyword === 'quorum' && words.length === 1) this.#readQuorum(words[0]!, field);
    else refuse('ERR_POLICY', field, 'log, witness, group or quorum with its words', `${words.length + 1} other words`);
  }

  end(): Policy {
    if (this.#quorum === undefined) refuse('ERR_POLICY', 'policy', 'a quorum line', 'none');
    const quorum = this.#quorum.of;
    return { logs: this.#logs, witnesses: this.#witnesses, ...(quorum === undefined ? {} : { quorum }) };
  }

  #readLog([vkey, url]: readonly string[], field: string): void {
    const { name, key } = this.#readKey(vkey!, field, this.#logKeys, (type) => !NOT_LOG_TYPES.includes(type));
    if (this.#logs.length === MAX_POLICY_NAMES) refuse('ERR_POLICY', field, `at most ${MAX_POLICY_NAMES} logs`, 'one more');
    this.#logs.push({ name, ...optional('key', key), ...readUrl(url) });
  }

  #readWitness([name, vkey, url]: readonly string[], field: string): void {
    const { key } = this.#readKey(vkey!, field, this.#witnessKeys, isCosignatureType);
    // Both types are verified here.
    const witness: PolicyWitness = { kind: 'witness', name: textOf(name!), key: key!, ...readUrl(url) };
    this.#define(name!, witness, field);
    this.#witnesses.push(witness);
  }

  #readGroup([name, rule, ...names]: readonly string[], field: string): void {
    const members = names.map((member) => {
      if (this.#members.has(member)) refuse('ERR_POLICY', field, 'each name a member once', 'one a second time');
      this.#members.add(member);
      return this.#find(member, field);
    });
    const threshold = rule === 'all' ? members.length : rule === 'any' ? 1 : /^[1-9][0-9]{0,5}$/.test(rule!) ? Number(rule) : 0;
    if (threshold < 1 || threshold > members.length) refuse('ERR_POLICY', field, `all, any or 1 to ${members.length}`, 'another threshold');
    this.#define(name!, { kind: 'group', name: textOf(name!), threshold, members }, field);
  }

  #readQuorum(name: string, field: string): void {
    if (this.#quorum !== undefined) refuse('ERR_POLICY', field, 'one quorum line', 'a second');
    this.#quorum = { of: name === 'none' ? undefined : this.#find(name, field) };
  }

  #define(name: string, what: PolicyWitness | PolicyGroup, field: string): void {
    if (name === 'none' || this.#defined.has(name)) refuse('ERR_POLICY', field, 'a name that is not taken', 'one that is');
    if (this.#defined.size === MAX_POLICY_NAMES)
      refuse('ERR_POLICY', field, `at most ${MAX_POLICY_NAMES} witnesses and groups`, 'one more');
    this.#defined.set(name, what);
  }

  #find(name: string, field: string): PolicyWitness | PolicyGroup {
    return this.#defined.get(name) ?? refuse('ERR_POLICY', field, 'a name defined on an earlier line', 'another');
  }

  #readKey(octets: string, field: string, seen: Set<string>, isAllowed: (type: number) => boolean): { name: string; key?: NoteKey } {
    try {
      const vkey = utf8Decode(
        Uint8Array.from(octets, (character) => character.charCodeAt(0)),
        'vkey',
      );
      const { name, encoded } = splitVkey(vkey);
      if (!isAllowed(encoded[0]!)) refuse('ERR_NOTE_KEY_TYPE', 'vkey', 'a signature type for this line', encoded[0]!);
      // Without the type: one key under two names or types is still one key.
      const id = hexEncode(encoded.subarray(1));
      if (seen.has(id)) refuse('ERR_POLICY', 'vkey', 'each public key once', 'one a second time');
      seen.add(id);
      return { name, ...optional('key', readSupported(vkey, this.#engine)) };
    } catch (error) {
      throw error instanceof ProofError ? atLine(error, field) : error;
    }
  }
}

function readSupported(vkey: string, engine: Engine): NoteKey | undefined {
  try {
    return parseVkey(vkey, engine);
  } catch (error) {
    if (error instanceof ProofError && error.code === 'ERR_NOTE_KEY_TYPE') return undefined;
    throw error;
  }
}

function atLine(error: ProofError, line: string): ProofError {
  const { expected, actual } = error;
  return new ProofError(error.code, `${line}: ${error.message}`, {
    field: line,
    cause: error,
    ...optional('expected', expected),
    ...optional('actual', actual),
  });
}

function optional<K extends string, V>(name: K, value: V | undefined): { [key in K]?: V } {
  return (value === undefined ? {} : { [name]: value }) as { [key in K]?: V };
}
