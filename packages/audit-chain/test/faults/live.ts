import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Chain } from '../../src/append/chain.ts';
import { event } from '../support/chain.ts';
import { asOwner } from '../support/intruder.ts';
import { testResolver, testSigner } from '../support/keys.ts';
import { newParts, noted } from '../support/sealed.ts';
import type { OpenDatabase } from '../support/stores.ts';

const ID = '00000000-0000-7000-8000-00000000000b';
const FORGED = `{"event":{"actor":"x","id":"${ID}","payload":{},"type":"a.b"}}`;

/** What an intruder with the owner's rights puts in front of a process that has the chain open with two records. */
const ATTACKS: readonly (readonly [name: string, sql: readonly string[]])[] = [
  [
    'an unsigned checkpoint without its records',
    ['insert into countersign.checkpoint select chain, 9, root, frontier from countersign.checkpoint where chain = $1 and size = 2'],
  ],
  [
    'a record that names no predecessor, with its checkpoint',
    [
      `insert into countersign.record select id, 2, '${FORGED}' from countersign.chain where id = $1`,
      'insert into countersign.checkpoint select chain, 3, root, frontier from countersign.checkpoint where chain = $1 and size = 2',
    ],
  ],
  [
    'a copy of the last record as the next one, its id twice',
    [
      'insert into countersign.record select chain, 2, record from countersign.record where chain = $1 and seq = 1',
      'insert into countersign.checkpoint select chain, 3, root, frontier from countersign.checkpoint where chain = $1 and size = 2',
    ],
  ],
  [
    'an older state',
    [
      'delete from countersign.record where chain = $1 and seq = 1',
      'delete from countersign.note where chain = $1 and size = 2',
      'delete from countersign.checkpoint where chain = $1 and size = 2',
    ],
  ],
];

export function describeLiveAttacks(database: () => OpenDatabase): void {
  describe('while a process has the chain open', () => {
    test.each(ATTACKS)('%s is refused and never signed', async (_name, statements) => {
      const signer = testSigner(1);
      const parts = await newParts(database().store, { signers: [signer], resolver: testResolver([signer]) });
      const chain = await Chain.open(parts);
      await chain.append(event(1));
      await noted(chain, parts.store);
      const [row] = await database().client.query('select id from countersign.chain where name = $1', [chain.id]);
      for (const sql of statements) await asOwner(database().client, sql, [row!['id']]);
      signer.calls.length = 0;
      const id = randomUUID();
      const refused = expect.stringMatching(/^ERR_CHAIN_(TAMPERED|ROLLED_BACK)$/);
      await expect(chain.append(event(2, { id }))).rejects.toMatchObject({ code: refused });
      expect(signer.calls).toEqual([]);
      expect(await parts.store.takenIds([id])).toEqual([]);
      await chain.close();
      await expect(Chain.open(parts)).rejects.toMatchObject({ code: refused });
      expect(signer.calls).toEqual([]);
    });
  });
}
