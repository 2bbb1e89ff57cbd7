import { expect, test } from 'vitest';
import { base64urlDecode } from '../../src/bytes/base64.ts';
import { utf8Decode, utf8Encode } from '../../src/bytes/utf8.ts';
import { signDocument } from '../../src/document/sign.ts';
import { DOCUMENT_TYPES } from '../../src/document/types.ts';
import { verifyDocument } from '../../src/document/verify.ts';
import { SpecPage } from '../key/pages.ts';
import { fixedSigner, resolverOf } from './keys.ts';

const page = new SpecPage('signed-document');
const one = fixedSigner('license-1', 1);
const two = fixedSigner('license-2', 2);
const policy = { type: DOCUMENT_TYPES.license, purpose: 'license', resolver: resolverOf({ signer: one }, { signer: two }) } as const;

test('the examples are what we sign, and verify', async () => {
  const payload = JSON.parse(page.block('document=payload'));
  const request = { type: DOCUMENT_TYPES.license, purpose: 'license', payload } as const;
  const compact = await signDocument({ ...request, signers: [one], form: 'compact' });
  const general = await signDocument({ ...request, signers: [one, two], form: 'general' });
  expect(utf8Decode(compact)).toBe(page.line('document=compact'));
  expect(utf8Decode(general)).toBe(page.block('document=general'));
  for (const [bytes, threshold] of [
    [compact, 1],
    [general, 2],
  ] as const) {
    // prettier-ignore
    const { digest } = await verifyDocument(bytes, { ...policy, threshold });
    expect(digest).toBe(page.line('document=digest'));
  }
});

test('the parts of the compact example are the header and the payload shown', () => {
  const [header, payload] = page.line('document=compact').split('.');
  expect(utf8Decode(base64urlDecode(header!))).toBe(page.line('document=header'));
  expect(utf8Decode(base64urlDecode(payload!))).toBe(page.line('document=payload'));
  expect(utf8Encode(page.line('document=payload'))).toEqual(base64urlDecode(payload!));
});

test('§2 has every kind with its media type', () => {
  const rows = page.rows(/^[a-z-]+$/).filter(([, type]) => type?.startsWith('application/'));
  expect(Object.fromEntries(rows)).toEqual(DOCUMENT_TYPES);
});
