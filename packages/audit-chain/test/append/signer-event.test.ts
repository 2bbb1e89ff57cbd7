import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkSignerEvent } from '../../src/record/signer-event.ts';
import { type TestBed, openNew, testBed } from '../support/chain.ts';

const hex = 'ab'.repeat(32);
const thumbprint = 'A'.repeat(43);
const registry = { digest: hex, version: 2 };
const common = { kid: 'log-2', registry, thumbprint };
const time = '2026-11-21T03:12:00.123Z';
const signature = `${'A'.repeat(86)}==`;

const VALID: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'signer.activated': { ...common, purposes: ['checkpoint'] },
  'signer.added': { ...common, purposes: ['checkpoint'], status: 'pending', replaces: 'log-1' },
  'signer.emergency': { ...common, approvals: [hex], expires: time, justification: 'KMS is down', purposes: ['checkpoint'] },
  'signer.retired': { ...common, valid_until: time },
  'signer.revoked': { ...common, at: time, reason: 'lost', compromised_since: time },
  'signer.rotated': { from: 'log-1', to: 'log-2', registry, signatures: { from: signature, to: signature } },
};
const OPTIONAL = ['replaces', 'compromised_since'];

describe('events of the signer registry', () => {
  let bed: TestBed;
  beforeAll(async () => {
    bed = await testBed();
  });
  afterAll(() => bed.close());

  test('are appended by their own function alone, once for each id', async () => {
    const { chain } = await openNew(bed);
    const event = { type: 'signer.retired', actor: 'security:alice', subject: 'log-2', payload: VALID['signer.retired']! };
    await expect(chain.append(event)).rejects.toMatchObject({ code: 'ERR_EVENT_RESERVED' });
    const id = '018f0000-0000-8000-8000-000000000000';
    const [first, again] = [await chain.appendSignerEvent({ ...event, id }), await chain.appendSignerEvent({ ...event, id })];
    expect(again.seq).toBe(first.seq);
    for (const type of ['chain.created', 'order.created', 'signer.unknown', 'toString']) {
      await expect(chain.appendSignerEvent({ ...event, type })).rejects.toMatchObject({ code: 'ERR_EVENT_RESERVED', field: 'type' });
    }
    await expect(chain.appendSignerEvent({ type: 'signer.retired', actor: 'a' })).rejects.toMatchObject({ code: 'ERR_EVENT_RESERVED' });
    await chain.close();
    await expect(chain.appendSignerEvent({ ...event })).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  });

  test.each(Object.entries(VALID))('%s has exactly the members of its schema', (type, payload) => {
    checkSignerEvent(type, payload);
    const refused = (changed: object, field: string): void => {
      expect(() => checkSignerEvent(type, changed)).toThrow(expect.objectContaining({ code: 'ERR_EVENT_RESERVED', field }));
    };
    refused({ ...payload, more: 1 }, 'payload.more');
    for (const name of Object.keys(payload)) {
      const { [name]: _, ...rest } = payload;
      if (OPTIONAL.includes(name)) checkSignerEvent(type, rest);
      else refused(rest, `payload.${name}`);
      for (const wrong of [null, '', 0, [], {}, 'é\0'.repeat(1500)]) refused({ ...payload, [name]: wrong }, `payload.${name}`);
    }
  });
});
