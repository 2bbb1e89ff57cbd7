import { expect, test } from 'vitest';
import { utf8Encode } from '../../src/bytes/utf8.ts';
import { verifyEvidence } from '../../src/evidence/verify.ts';
import { formatVkey, noteKey, parseVkey } from '../../src/note/key.ts';
import { inspectReceipt, verifyReceipt } from '../../src/receipt/verify.ts';
import { fixedSigner, resolverOf } from '../document/keys.ts';
import { SpecPage } from '../key/pages.ts';
import { CHAIN } from './log.ts';

const signer = fixedSigner('log-1', 1);
const resolver = resolverOf({ signer, purposes: ['checkpoint'] });

test('the receipt of docs/spec/receipt.md verifies', async () => {
  const page = new SpecPage('receipt');
  const verified = await verifyReceipt(utf8Encode(page.block('receipt=file')), { resolver, origin: CHAIN });
  expect(verified.index).toBe(1);
  expect(verified.leafHash).toBe(page.line('receipt=leaf'));
  expect(formatVkey(noteKey(CHAIN, signer.publicKey))).toBe(page.line('receipt=vkey'));
});

test('§2 of that page has the questions in their order', async () => {
  const { checks } = await inspectReceipt(new Uint8Array(0), { resolver });
  const names = checks.map(({ name }) => name as string);
  const rows = new SpecPage('receipt').rows(/^[a-z]+$/).map(([name]) => name!);
  expect(rows.filter((name) => name !== 'question')).toEqual(names);
});

test.each(['roots', 'leaves', 'place'])('the evidence of %s of docs/spec/evidence.md proves it', async (kind) => {
  const page = new SpecPage('evidence');
  const finding = await verifyEvidence(utf8Encode(page.block(`evidence=${kind}`)), [parseVkey(page.line('evidence=vkey'))]);
  expect(finding).toMatchObject({ kind, origin: CHAIN });
});
