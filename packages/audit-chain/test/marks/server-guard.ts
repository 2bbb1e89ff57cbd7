import { describe, expect, test } from 'vitest';
import { Chain, type ChainParts } from '../../src/append/chain.ts';
import { ChainError } from '../../src/errors.ts';
import type { ChainLogEvent } from '../../src/hooks/hooks.ts';
import type { RememberingMark } from '../../src/marks/cell.ts';
import type { ServerState } from '../../src/store/server.ts';
import { requireDurableState } from '../../src/store/server.ts';
import { asOwner } from '../support/intruder.ts';
import { type TestBed, event } from '../support/chain.ts';
import { testResolver, testSigner } from '../support/keys.ts';

/** A chain whose server, as it seems, changes when told so. */
async function onServer(bed: TestBed) {
  const signer = testSigner(1);
  const parts = await bed.parts({ signers: [signer], resolver: testResolver([signer]), limits: { settleTimeoutMs: 100 } });
  const { store } = parts;
  let identity = (await store.server()).identity;
  const original = identity;
  store.serverIdentity = () => Promise.resolve(identity);
  const server = store.server.bind(store);
  store.server = async () => ({ ...(await server()), identity });
  const [row] = await bed.client.query('select id from countersign.chain where name = $1', [store.chain]);
  const events: ChainLogEvent[] = [];
  return {
    signer,
    events,
    original,
    parts: { ...parts, hooks: { onEvent: (entry: ChainLogEvent) => void events.push(entry) } } satisfies ChainParts,
    mark: parts.mark as RememberingMark,
    moveTo: (to: string) => void (identity = to),
    intrude: (sql: string) => asOwner(bed.client, sql, [row!['id']]),
  };
}

/** What keeps a chain from being signed on a server that was not checked. */
export function describeServerGuard(bed: () => TestBed): void {
  describe('the server that a chain is on', () => {
    test('is remembered beside the mark, and a change is told and remembered once the chain was checked', async () => {
      const { parts, mark, moveTo, events, original } = await onServer(bed());
      const chain = await Chain.open(parts);
      await chain.append(event(1));
      await chain.close();
      expect(await mark.server(chain.id)).toBe(original);
      moveTo('42/2');
      const again = await Chain.open(parts);
      expect(events.filter((entry) => entry.event === 'server.changed').map(({ fields }) => fields)).toEqual([
        { from: original, to: '42/2' },
      ]);
      expect(await mark.server(chain.id)).toBe('42/2');
      expect((await again.append(event(2))).seq).toBe(2);
      await again.close();
    });

    test('an older copy on another server is refused and stays unknown to the mark', async () => {
      const { parts, mark, moveTo, intrude, original } = await onServer(bed());
      const chain = await Chain.open(parts);
      await chain.append(event(1));
      await chain.close();
      for (const table of ['note', 'checkpoint']) await intrude(`delete from countersign.${table} where chain = $1 and size > 1`);
      await intrude('delete from countersign.record where chain = $1 and seq > 0');
      moveTo('42/2');
      await expect(Chain.open(parts)).rejects.toMatchObject({ code: 'ERR_CHAIN_ROLLED_BACK' });
      expect(await mark.server(chain.id)).toBe(original);
    });

    test('a promoted standby that has everything goes on signing', async () => {
      const { parts, mark, moveTo, events } = await onServer(bed());
      const chain = await Chain.open(parts);
      await chain.append(event(1));
      moveTo('42/2');
      expect((await chain.append(event(2))).seq).toBe(2);
      expect(await mark.server(chain.id)).toBe('42/2');
      expect(events.filter((entry) => entry.event === 'server.changed').length).toBe(1);
      await chain.close();
    });

    test('a promoted standby that lacks records which no checkpoint covers gets no signature for them; opened again, the chain goes on', async () => {
      const { parts, signer, moveTo, intrude, mark } = await onServer(bed());
      let down = false;
      const reserve = mark.reserve.bind(mark);
      mark.reserve = (next, proof) => (down ? Promise.reject(new ChainError('ERR_MARK_STORE', 'down')) : reserve(next, proof));
      const chain = await Chain.open(parts);
      await chain.append(event(1));
      down = true;
      await expect(chain.append(event(2))).rejects.toMatchObject({ code: 'ERR_MARK_STORE' });
      await intrude('delete from countersign.checkpoint where chain = $1 and size > 2');
      await intrude('delete from countersign.record where chain = $1 and seq > 1');
      await intrude('delete from countersign.event_id where chain = $1 and seq > 1');
      moveTo('42/2');
      down = false;
      signer.calls.length = 0;
      await expect(chain.append(event(3))).rejects.toMatchObject({ code: 'ERR_CHAIN_ROLLED_BACK' });
      await chain.close();
      expect(signer.calls).toEqual([]);
      const again = await Chain.open(parts);
      expect((await again.append(event(4))).seq).toBe(2);
      await again.close();
    });

    test('a promoted standby with another record in its place gets no signature', async () => {
      const { parts, signer, moveTo, intrude } = await onServer(bed());
      const chain = await Chain.open(parts);
      await chain.append(event(1));
      signer.fault = () => Promise.reject(new Error('down'));
      await expect(chain.append(event(2))).rejects.toMatchObject({ code: 'ERR_SIGNER_UNAVAILABLE' });
      await intrude(
        "update countersign.record set record = replace(record, 'order.created', 'order.deleted') where chain = $1 and seq = 2",
      );
      moveTo('42/2');
      signer.fault = undefined;
      signer.calls.length = 0;
      await chain.close();
      expect(signer.calls).toEqual([]);
    });
  });

  describe('commits that may be lost', () => {
    const server: ServerState = {
      identity: '1/1',
      version: 150018,
      encoding: 'UTF8',
      fsync: 'on',
      fullPageWrites: 'on',
      synchronousCommit: 'on',
      synchronousStandbys: '',
    };

    test.each([
      [{ fsync: 'off' }, 'fsync'],
      [{ synchronousCommit: 'off' }, 'synchronous_commit'],
      [{ synchronousCommit: 'local', synchronousStandbys: 'b' }, 'synchronous_commit'],
      [{ synchronousCommit: 'remote_write', synchronousStandbys: 'b' }, 'synchronous_commit'],
    ])('%o is refused', (changes, field) => {
      expect(() => requireDurableState({ ...server, ...changes })).toThrow(
        expect.objectContaining({ code: 'ERR_NOT_DURABLE', field }) as Error,
      );
    });

    test.each([{}, { synchronousCommit: 'local' }, { synchronousCommit: 'remote_apply', synchronousStandbys: 'b' }])(
      '%o is accepted',
      (changes) => {
        expect(requireDurableState({ ...server, ...changes })).toMatchObject(changes);
      },
    );

    test('a chain is not opened on such a server, and nothing is signed', async () => {
      const { parts, signer } = await onServer(bed());
      await bed().client.query('set synchronous_commit = off');
      await expect(Chain.open(parts)).rejects.toMatchObject({ code: 'ERR_NOT_DURABLE', actual: 'off' });
      await bed().client.query('set synchronous_commit = on');
      expect(signer.calls).toEqual([]);
    });
  });
}
