import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Chain, type ChainParts } from '../../src/append/chain.ts';
import { fileCell, markFile } from '../../src/node/log/mark-file.ts';
import { event } from '../support/chain.ts';
import { asOwner } from '../support/intruder.ts';
import { testResolver, testSigner } from '../support/keys.ts';
import { newParts } from '../support/sealed.ts';
import type { OpenDatabase } from '../support/stores.ts';

const fresh = testSigner(5);
let marks = 0;

/** A closed chain with 301 settled records and 2 durable ones that wait for their checkpoint. */
async function interrupted(database: OpenDatabase): Promise<{ parts: ChainParts; mark: string; set: (sql: string) => Promise<void> }> {
  const signer = testSigner(5);
  const mark = join(database.folder, `mark-${marks++}.json`);
  const resolver = testResolver([signer]);
  const parts = await newParts(database.store, { signers: [signer], resolver, mark: markFile(mark) });
  const chain = await Chain.open(parts);
  await Promise.all(Array.from({ length: 300 }, (_, n) => chain.append(event(n))));
  await chain.close();
  // Nobody waits for these two.
  const last = await Chain.open({ ...parts, limits: { settleTimeoutMs: 0 } });
  signer.fault = () => Promise.reject(new Error('down'));
  await Promise.allSettled([last.append(event(301)), last.append(event(302))]);
  await last.close();
  const [row] = await database.client.query('select id from countersign.chain where name = $1', [chain.id]);
  const set = async (sql: string): Promise<void> => await asOwner(database.client, sql, [row!['id']]);
  return { parts: { ...parts, signers: [fresh], mark: markFile(mark) }, mark, set };
}

const REPLACE = `update countersign.record set record = replace(record, 'order.created', 'order.deleted')`;

export function describeRecover(database: () => OpenDatabase): void {
  describe('what the signing process finds at start', () => {
    test('records that a crash left unsigned are signed, once, over the same root', async () => {
      const { parts } = await interrupted(database());
      const chain = await Chain.open(parts);
      expect(chain.settledSize).toBe(303);
      expect((await parts.store.note())!.size).toBe(303);
      expect((await chain.append(event(1))).seq).toBe(303);
    });

    const attacks: readonly [name: string, sql: string, code: string][] = [
      ['an edited record that waits for its checkpoint', `${REPLACE} where chain = $1 and seq = 301`, 'ERR_CHAIN_TAMPERED'],
      ['an edited last record', `${REPLACE} where chain = $1 and seq = 302`, 'ERR_CHAIN_TAMPERED'],
      ['an edited record in the open tile', `${REPLACE} where chain = $1 and seq = 280`, 'ERR_CHAIN_TAMPERED'],
      [
        'an unsigned checkpoint with another root',
        `update countersign.checkpoint set root = sha256(root) where chain = $1 and size = 303`,
        'ERR_CHAIN_TAMPERED',
      ],
      [
        'a frontier that does not give the signed root',
        `update countersign.checkpoint set frontier = set_byte(frontier, 20, 255 - get_byte(frontier, 20)) where chain = $1 and size = 301`,
        'ERR_CHAIN_TAMPERED',
      ],
      ['an edited tile', `update countersign.tile set root = sha256(root) where chain = $1`, 'ERR_CHAIN_TAMPERED'],
      [
        'a note whose text was changed',
        `update countersign.note set note = replace(note, E'\\n301\\n', E'\\n300\\n') where chain = $1 and size = 301`,
        'ERR_NOTE_SIGNATURE',
      ],
      [
        'an attacker’s unsigned checkpoint beyond the records',
        `insert into countersign.checkpoint select chain, 900, root, frontier from countersign.checkpoint where chain = $1 and size = 303`,
        'ERR_CHAIN_TAMPERED',
      ],
      [
        'a record that another one was put in place of, with the same id',
        `update countersign.record set record = replace(record, '"n":302', '"n":301') where chain = $1 and seq = 302`,
        'ERR_CHAIN_TAMPERED',
      ],
      ['a deleted record', `delete from countersign.record where chain = $1 and seq = 301`, 'ERR_CHAIN_TAMPERED'],
    ];
    test.each(attacks)('%s is refused and nothing is signed', async (_name, sql, code) => {
      const { parts, set } = await interrupted(database());
      await set(sql);
      fresh.calls.length = 0;
      await expect(Chain.open(parts)).rejects.toMatchObject({ code });
      expect(fresh.calls).toEqual([]);
    });

    test('an older copy of the database is refused with the sizes as evidence', async () => {
      const { parts, set } = await interrupted(database());
      const chain = await Chain.open(parts);
      await chain.close();
      for (const table of ['note', 'checkpoint']) await set(`delete from countersign.${table} where chain = $1 and size > 301`);
      await set('delete from countersign.record where chain = $1 and seq >= 301');
      await expect(Chain.open({ ...parts })).rejects.toMatchObject({ code: 'ERR_CHAIN_ROLLED_BACK', expected: 303, actual: 301 });
    });

    test('another history of the same length is refused: the mark, not the database, rules out forks', async () => {
      const { parts, set, mark } = await interrupted(database());
      await fileCell(mark).update(parts.store.chain, (present) => ({ ...present, mark: { ...present.mark!, root: new Uint8Array(32) } }));
      await expect(Chain.open({ ...parts, mark: markFile(mark) })).rejects.toMatchObject({ code: 'ERR_CHAIN_FORKED' });
      await set('select $1::integer');
    });

    test('a signed chain without its mark, or with an older one, is refused', async () => {
      const { parts, mark } = await interrupted(database());
      const older = `${mark}.older`;
      cpSync(mark, older);
      const chain = await Chain.open(parts);
      await chain.append(event(1));
      await chain.close();
      rmSync(mark);
      await expect(Chain.open({ ...parts, mark: markFile(mark) })).rejects.toMatchObject({ code: 'ERR_MARK_MISSING' });
      await expect(Chain.open({ ...parts, mark: markFile(older) })).rejects.toMatchObject({ code: 'ERR_MARK_STORE' });
      writeFileSync(mark, '{"format":"countersign/mark@1"}');
      await expect(Chain.open({ ...parts, mark: markFile(mark) })).rejects.toMatchObject({ code: 'ERR_MARK_STORE' });
    });

    test('a signer whose key the registry does not trust is refused', async () => {
      const { parts } = await interrupted(database());
      const other = testSigner(6);
      await expect(Chain.open({ ...parts, signers: [other] })).rejects.toMatchObject({ code: 'ERR_SIGNER_WRONG' });
      await expect(Chain.open({ ...parts, resolver: testResolver([fresh], ['license']) })).rejects.toMatchObject({
        code: 'ERR_SIGNER_WRONG',
      });
    });
  });
}
