import { cpSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folderSource } from '../../src/node/verify/folder-source.ts';
import { nodeInflater } from '../../src/node/verify/inflater.ts';
import { storeSource } from '../../src/node/verify/log-source.ts';
import { pruneRecords } from '../../src/retention/prune.ts';
import { awaitSettled } from '../../src/retention/settled.ts';
import { reconcile } from '../../src/verify/reconcile/reconcile.ts';
import type { Report } from '../../src/verify/report.ts';
import { asOwner } from '../support/intruder.ts';
import { type SealedChain, afterAll, noted, sealedChain } from '../support/sealed.ts';
import type { OpenDatabase } from '../support/stores.ts';
import { short } from './support/source.ts';

async function inspect({ parts, chain, folder }: SealedChain, archive = folder): Promise<Report> {
  await noted(chain, parts.store);
  return await reconcile(storeSource(parts.store), folderSource(archive), { resolver: parts.resolver, inflater: nodeInflater });
}

export function describeReconcile(database: () => OpenDatabase): void {
  describe('a database against its archive', () => {
    test('agrees, with a tail that is not sealed yet; what one lacks or has otherwise is named; pruning is no finding', async () => {
      const sealed = await sealedChain(database(), 700, { batch: 100, records: 200 });
      const { store } = sealed.parts;
      expect(await inspect(sealed)).toMatchObject({ exitCode: 0, findings: [], reconciled: { range: { from: 0, to: 699 }, segments: 4 } });

      await sealed.append(50);
      const tail = await inspect(sealed);
      expect(tail).toMatchObject({ exitCode: 0, findings: [{ code: 'TAIL_UNSEALED', seq: 700 }] });
      expect(tail.findings[0]!.actual).toMatch(/^records 700 to 749 since 20.*Z, for \d+ s$/);

      // Somebody takes the newest segment away: the archive alone is intact, the database knows better.
      const cut = `${sealed.folder}-cut`;
      cpSync(sealed.folder, cut, { recursive: true });
      const files = readdirSync(cut, { recursive: true, encoding: 'utf8' });
      const newest = files.filter((file) => file.endsWith('.manifest.json')).sort().at(-1)!.replace('.manifest.json', ''); // prettier-ignore
      for (const file of files) if (file.startsWith(newest)) rmSync(join(cut, file));
      const first = Number(newest.slice(-16));
      const truncated = await inspect(sealed, cut);
      expect(truncated).toMatchObject({ exitCode: 10, axes: { completeness: 'short' } });
      expect(short(truncated)).toEqual([`TAIL_TRUNCATED/${first}.archive`, 'TAIL_UNSEALED/700']);
      rmSync(cut, { recursive: true });
      expect(short(await inspect(sealed, cut))).toContain('SOURCE_UNREADABLE');

      const chain = '(select id from countersign.chain where name = $1)';
      const rows = await database().client.query(`select seq, record from countersign.record where chain = ${chain} and seq in (5, 650)`, [store.chain]); // prettier-ignore
      const alter = (statement: string, more: readonly unknown[] = []): Promise<void> =>
        asOwner(database().client, statement.replace('$chain', chain), [store.chain, ...more]);
      await alter(`update countersign.record set record = replace(record, '"n":4', '"n":9') where chain = $chain and seq = 5`);
      await alter('delete from countersign.record where chain = $chain and seq = 650');
      const altered = short(await inspect(sealed));
      expect(altered).toEqual(expect.arrayContaining(['RECORD_DIVERGES/5', 'DATABASE_RECORD_MISSING/650', 'RECORD_MODIFIED/5.hash']));
      await alter('update countersign.record set record = $2 where chain = $chain and seq = 5', [
        rows.find(({ seq }) => Number(seq) === 5)!['record'],
      ]);
      await alter('insert into countersign.record (chain, seq, record) values ($chain, 650, $2)', [
        rows.find(({ seq }) => Number(seq) === 650)!['record'],
      ]);

      const pruned = await pruneRecords(store, {
        target: sealed.target.name,
        olderThan: await afterAll(sealed),
        actor: 'system:retention',
        verifySegment: sealed.verifier(),
      });
      await awaitSettled(store, pruned.at(-1)!.id, 20_000);
      expect(await inspect(sealed)).toMatchObject({ exitCode: 0, pruned: { to: 511 }, range: { verified: { from: 512 } } });
      await sealed.chain.close();
    });
  });
}
