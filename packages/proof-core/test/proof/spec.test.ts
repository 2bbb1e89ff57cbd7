import { expect, test } from 'vitest';
import { hashLeaf } from '../../src/merkle/hash.ts';
import { parseVkey } from '../../src/note/key.ts';
import { formatTlogProof, parseTlogProof } from '../../src/proof/tlog-proof.ts';
import { verifyTlogProof } from '../../src/proof/verify.ts';
import { SpecPage } from '../key/pages.ts';
import { bytes, text } from '../note/signers.ts';

// docs/spec/tlog-proof.md says nothing that is not so.
const file = new SpecPage('tlog-proof').block('proof=file');

test('the proof verifies for its record and for no other', async () => {
  const keys = [parseVkey(new SpecPage('signed-note').line('note=vkey'))];
  const verified = await verifyTlogProof(bytes(file), hashLeaf(bytes('c')), { keys });
  expect([verified.index, verified.checkpoint.size]).toEqual([2, 5]);
  await expect(verifyTlogProof(bytes(file), hashLeaf(bytes('d')), { keys })).rejects.toMatchObject({ code: 'ERR_INCLUSION' });
});

test('it writes back byte for byte', () => {
  expect(text(formatTlogProof(parseTlogProof(bytes(file))))).toBe(file);
});
