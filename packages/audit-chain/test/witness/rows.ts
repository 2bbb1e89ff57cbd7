import { describe, expect, test } from 'vitest';
import type { SqlClient } from '../../src/store/sql.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { asOwner } from '../support/intruder.ts';

/** Who may write what outsiders said, and that nobody changes it. */
export function describeAttestationRows(of: { readonly client: () => SqlClient; readonly signed: () => Promise<ChainStore> }): void {
  const as = async (role: string, sql: string, parameters: readonly unknown[] = []): Promise<unknown> =>
    await of.client().transaction(async (queries) => {
      await queries.query(`set local role ${role}`);
      return await queries.query(sql, parameters);
    });

  describe('the rows of what outsiders said', () => {
    test('are added beside a note that is there, once, and never changed, also not by their owner', async () => {
      const store = await of.signed();
      const [id] = await of.client().query('select id from countersign.chain where name = $1', [store.chain]);
      const attestations = store.attestations();
      const content = Uint8Array.of(1, 2, 3);
      expect(await attestations.add(1, { kind: 'timestamp', content })).toBe(true);
      expect(await attestations.add(1, { kind: 'timestamp', content })).toBe(false);
      expect(await attestations.add(7, { kind: 'timestamp', content })).toBe(false);
      expect(await attestations.of(1)).toEqual([{ kind: 'timestamp', content }]);
      const add = 'select countersign.add_attestation($1, 1, $2, $3)';
      await as('countersign_writer', add, [id!['id'], 'cosignature', '04']);
      for (const role of ['countersign_reader', 'countersign_retention'])
        await expect(as(role, add, [id!['id'], 'cosignature', '05'])).rejects.toMatchObject({ code: 'ERR_STORE' });
      for (const sql of [
        'update countersign.attestation set content = content',
        `insert into countersign.attestation values (1, 1, 'timestamp', '', '')`,
      ])
        await expect(as('countersign_writer', sql)).rejects.toMatchObject({ code: 'ERR_STORE' });
      await expect(asOwner(of.client(), 'update countersign.attestation set content = content')).rejects.toMatchObject({ actual: 'CS005' });
      await expect(asOwner(of.client(), 'delete from countersign.note where chain = $1', [id!['id']])).rejects.toMatchObject({
        code: 'ERR_STORE',
      });
    });

    test('stops are set by the writer and ended by the retention role alone, and stay on record', async () => {
      const store = await of.signed();
      const [id] = await of.client().query('select id from countersign.chain where name = $1', [store.chain]);
      await as('countersign_writer', 'select countersign.stop_signing($1, $2, $3)', [id!['id'], 'seen', '{}']);
      const resume = 'select countersign.resume_signing($1, $2)';
      await expect(as('countersign_writer', resume, [id!['id'], 'me'])).rejects.toMatchObject({ code: 'ERR_STORE' });
      expect(await store.attestations().stopped()).toMatchObject({ reason: 'seen', evidence: '{}' });
      await expect(asOwner(of.client(), `update countersign.stop set reason = 'other'`)).rejects.toMatchObject({ actual: 'CS005' });
      await as('countersign_retention', resume, [id!['id'], 'known']);
      expect(await store.attestations().stopped()).toBeUndefined();
      const kept = await of.client().query('select reason, ended_reason from countersign.stop where chain = $1', [id!['id']]);
      expect(kept).toEqual([{ reason: 'seen', ended_reason: 'known' }]);
    });
  });
}
