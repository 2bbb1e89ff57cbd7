import { concatBytes } from '@countersign/proof-core/bytes/compare';
import { hexDecode, hexEncode } from '@countersign/proof-core/bytes/hex';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { ProofError } from '@countersign/proof-core/errors';
import { parseCanonical, parseJson } from '@countersign/proof-core/json/parse';
import { type JsonValue, isJsonObject } from '@countersign/proof-core/json/value';
import { ChainError } from '../errors.ts';
import { isUuid } from '../record/uuid.ts';
import type { ChainStore } from '../store/store.ts';

/** Format of a line (docs/spec/private-backup.md). */
const PRIVATE_VALUE_FORMAT = 'countersign/private-value@1';

/** One line of a backup. */
export interface PrivateLine {
  /** Id of the event. */
  readonly id: string;
  readonly name: string;
  readonly value: JsonValue;
  /** 32 bytes. */
  readonly salt: Uint8Array;
}

const MEMBERS = 'chain,format,id,name,salt,value';

/**
 * Writes the private values of a chain that are not erased: a file of its own, never in the archive, because what is locked cannot be erased.
 *
 * @returns lines of canonical JSON, each ending in LF
 * @throws ChainError ERR_STORE
 * @example for await (const line of exportPrivateValues(store)) await file.write(line);
 */
export async function* exportPrivateValues(store: ChainStore, engine: Engine = defaultEngine): AsyncGenerator<Uint8Array> {
  for await (const { id, name, value, salt } of store.retention().privateValues()) {
    if (value === undefined || salt === undefined) continue;
    const parsed = parseJson(utf8Encode(value), 'value');
    const line = { chain: store.chain, format: PRIVATE_VALUE_FORMAT, id, name, salt: hexEncode(salt), value: parsed };
    yield concatBytes(engine.canonicalize(line), utf8Encode('\n'));
  }
}

/**
 * Reads one line of a backup, without its LF.
 *
 * @param number of the line, from 1, for the error
 * @throws ChainError ERR_PRIVATE_FILE
 */
export function parsePrivateLine(bytes: Uint8Array, chain: string, number: number): PrivateLine {
  const refuse = (expected: string, cause?: unknown): never => {
    const field = `line ${number}`;
    throw new ChainError('ERR_PRIVATE_FILE', `${field}: expected ${expected}`, {
      field,
      expected,
      ...(cause === undefined ? {} : { cause }),
    });
  };
  try {
    const line = parseCanonical(bytes, 'line');
    if (!isJsonObject(line) || Object.keys(line).join() !== MEMBERS) return refuse(`the members ${MEMBERS}`);
    const { id, name, salt, value } = line;
    if (line['format'] !== PRIVATE_VALUE_FORMAT) return refuse(PRIVATE_VALUE_FORMAT);
    if (line['chain'] !== chain) return refuse(`a private value of ${chain}`);
    if (typeof id !== 'string' || !isUuid(id)) return refuse('the id of an event');
    if (typeof name !== 'string' || typeof salt !== 'string') return refuse('name and salt as strings');
    return { id, name, salt: hexDecode(salt, 32, 'salt'), value: value! };
  } catch (error) {
    if (error instanceof ProofError) return refuse('canonical JSON of a private value', error);
    throw error;
  }
}
