import { describe, expect, test } from 'vitest';
import { ProofError } from '@countersign/proof-core';
import { readPayload } from '@countersign/proof-core/document/parse';
import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { engine } from '@countersign/proof-core/engine/portable';
import { readIndex, tilingFault } from '../../src/verify/segment/index-file.ts';
import { MemberError, readManifest } from '../../src/verify/segment/manifest.ts';
import { bytesOf, readVectors } from '../../../proof-core/test/vectors/read.ts';

/** What `run` gives, or `code` where it refuses. */
function outcome(code: string, run: () => unknown): unknown {
  try {
    return { result: run() };
  } catch (error) {
    if (!(error instanceof MemberError || error instanceof ProofError)) throw error;
    return { error: code };
  }
}

describe('docs/vectors/segment-index.json', () => {
  test.each(readVectors('segment-index').map((vector) => [vector.name, vector] as const))('%s', (_, { input, result, error }) => {
    const read = outcome('INDEX_MALFORMED', () => readIndex(bytesOf(input))) as { result?: ReturnType<typeof readIndex> };
    const index = read.result;
    const given =
      index === undefined
        ? read
        : tilingFault(index, input['file_size']) === undefined
          ? { result: { count: index.count, members: index.members.length } }
          : { error: 'INDEX_TILING' };
    expect(given).toEqual(error === undefined ? { result } : { error });
  });
});

describe('docs/vectors/segment-manifest.json', () => {
  test.each(readVectors('segment-manifest').map((vector) => [vector.name, vector] as const))('%s', (_, { input, result, error }) => {
    const given = outcome('MANIFEST_MALFORMED', () => {
      const bytes = bytesOf(input);
      const { first, last } = readManifest(readPayload(bytes));
      return { digest: hexEncode(engine.sha256(bytes)), first, last };
    });
    expect(given).toEqual(error === undefined ? { result } : { error });
  });
});
