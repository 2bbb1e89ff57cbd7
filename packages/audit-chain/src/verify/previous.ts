import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { ProofError } from '@countersign/proof-core/errors';
import { parseJson } from '@countersign/proof-core/json/parse';
import { type JsonValue, isJsonObject } from '@countersign/proof-core/json/value';
import { parseCheckpoint } from '@countersign/proof-core/note/checkpoint';
import { parseNote } from '@countersign/proof-core/note/note';
import { isChainId } from '@countersign/proof-core/record/chain-id';
import { ChainError } from '../errors.ts';
import type { Pin } from './context.ts';
import { refuseOptions } from './error.ts';

/**
 * Reads what an earlier run or somebody else left to compare with: a checkpoint (a signed note) or a saved `--json` report whose verdict is
 * *verified*.
 *
 * The caller vouches for it: the file pins the chain because the caller keeps it, not because of what it says about itself.
 *
 * @param bytes the file
 * @throws ChainError ERR_VERIFY_OPTIONS when it is neither
 * @example const previous = readPrevious(await readFile('yesterday.json'));
 */
export function readPrevious(bytes: Uint8Array): Pin {
  try {
    return bytes[0] === 0x7b ? readReport(parseJson(bytes, 'previous')) : readCheckpoint(bytes);
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    throw new ChainError('ERR_VERIFY_OPTIONS', `previous: expected a saved report or a checkpoint: ${error.message}`, {
      field: 'previous',
      cause: error,
    });
  }
}

function readCheckpoint(bytes: Uint8Array): Pin {
  const { origin, size, root } = parseCheckpoint(parseNote(bytes).textBytes);
  if (!isChainId(origin)) refuseOptions('previous', 'a checkpoint of a chain', 'another origin');
  return { chain: origin, size, root: hexEncode(root), note: bytes.slice() };
}

function readReport(report: JsonValue): Pin {
  if (!isJsonObject(report) || report['schemaVersion'] !== 1) refuseOptions('previous', 'a report of schemaVersion 1', 'another document');
  const verdict = report['verdict'];
  if (verdict !== 'verified' && verdict !== 'partial')
    refuseOptions('previous', 'a report whose verdict is verified', typeof verdict === 'string' ? verdict : 'none');
  const chain = report['chain'];
  // The signed checkpoint, where there is one: what lies behind it was not signed yet.
  const head = report['checkpoint'] ?? report['head'];
  if (typeof chain !== 'string' || !isChainId(chain) || !isJsonObject(head))
    refuseOptions('previous', 'a report with a chain and a checkpoint', 'none');
  const { size, root } = head;
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 1 || typeof root !== 'string' || !/^[0-9a-f]{64}$/.test(root)) {
    refuseOptions('previous', 'a size and a root', 'other values');
  }
  return { chain, size, root };
}
