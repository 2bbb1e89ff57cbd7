import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { ChainHooks, ChainLogEvent } from '../../src/hooks/hooks.ts';
import { type TestBed, event, openNew } from '../support/chain.ts';
import { testResolver, testSigner } from '../support/keys.ts';

/** Hooks that write everything down. */
function recorder() {
  const counts = new Map<string, number>();
  const measures: [name: string, value: number][] = [];
  const levels = new Map<string, number[]>();
  const events: ChainLogEvent[] = [];
  const hooks: ChainHooks = {
    onCount(name, by, labels) {
      const key = labels.reason === undefined ? name : `${name}{${labels.reason}}`;
      counts.set(key, (counts.get(key) ?? 0) + by);
    },
    onMeasure: (name, value) => void measures.push([name, value]),
    onLevel: (name, value) => void levels.set(name, [...(levels.get(name) ?? []), value]),
    onEvent: (entry) => void events.push(entry),
  };
  const measured = (name: string): number[] => measures.filter(([of]) => of === name).map(([, value]) => value);
  return { counts, levels, events, hooks, measured };
}

/** What a chain tells its hooks. */
export function describeHooks(bed: () => TestBed): void {
  describe('hooks', () => {
    test('appends are counted as they become durable, batches by size, latencies one by one', async () => {
      const { counts, levels, hooks, measured } = recorder();
      const { chain } = await openNew(bed(), 0, { hooks });
      await Promise.all(Array.from({ length: 30 }, (_, n) => chain.append(event(n))));
      await chain.close();
      expect(counts.get('countersign_appends_total')).toBe(31);
      expect(measured('countersign_batch_size').reduce((sum, size) => sum + size, 0)).toBe(31);
      expect(measured('countersign_settle_seconds').length).toBe(31);
      for (const seconds of measured('countersign_settle_seconds')) expect(seconds).toBeGreaterThanOrEqual(0);
      expect(counts.get('countersign_checkpoints_total')).toBe(measured('countersign_batch_size').length);
      expect(levels.get('countersign_queue_depth')).toContain(0);
      expect(new Set(levels.get('countersign_unsigned_age_seconds'))).toEqual(new Set([0]));
    });

    test('refused calls are counted by reason', async () => {
      const { counts, hooks } = recorder();
      const { chain } = await openNew(bed(), 0, { hooks });
      const id = randomUUID();
      await chain.append(event(1, { id }));
      for (const changes of [{ id }, { type: 'chain.created' }, { payload: { n: Number.NaN } }]) {
        await expect(chain.append(event(2, changes))).rejects.toThrow();
      }
      await chain.close();
      await expect(chain.append(event(3))).rejects.toThrow();
      expect([...counts].filter(([name]) => name.startsWith('countersign_refusals_total'))).toEqual([
        ['countersign_refusals_total{id_conflict}', 1],
        ['countersign_refusals_total{event_reserved}', 1],
        ['countersign_refusals_total{json_number}', 1],
        ['countersign_refusals_total{closed}', 1],
      ]);
    });

    test('a signer that is down shows in the errors, the age and one log event; its return in another', async () => {
      const { counts, levels, events, hooks } = recorder();
      const signer = testSigner(4);
      const { chain } = await openNew(bed(), 1, {
        hooks,
        signers: [signer],
        resolver: testResolver([signer]),
      });
      let attempts = 0;
      signer.fault = () => {
        if (++attempts === 3) signer.fault = undefined;
        return Promise.reject(new Error('down, and never to be quoted'));
      };
      await chain.append(event(2));
      await chain.close();
      expect(counts.get('countersign_signer_errors_total{signer_unavailable}')).toBe(3);
      expect(levels.get('countersign_unsigned_age_seconds')!.length).toBeGreaterThanOrEqual(4);
      expect(events.map((entry) => entry.event)).toEqual(['chain.opened', 'checkpoint.failed', 'checkpoint.recovered', 'chain.closed']);
      expect(events[1]).toMatchObject({ level: 'error', chain: chain.id, fields: { reason: 'signer_unavailable' } });
      expect(events[2]!.fields).toEqual({ size: 3, failures: 3 });
      expect(JSON.stringify(events)).not.toContain('quoted');
    });

    test('what is put aside is counted and logged with its id and reason', async () => {
      const { counts, events, hooks } = recorder();
      const { chain } = await openNew(bed(), 0, { hooks });
      const [row] = await bed().client.query('select id from countersign.chain where name = $1', [chain.id]);
      const id = randomUUID();
      await bed().client.query('insert into countersign.waiting (chain, id, event) values ($1, $2, $3)', [row!['id'], id, 'no json']);
      await chain.append(event(1));
      await chain.close();
      expect(counts.get('countersign_quarantined_total{json_syntax}')).toBe(1);
      expect(events.find((entry) => entry.event === 'event.quarantined')!.fields['id']).toBe(id);
    });

    test('hooks that throw stop nothing', async () => {
      const fail = (): never => {
        throw new Error('no metrics today');
      };
      const hooks = { onCount: fail, onMeasure: fail, onLevel: fail, onEvent: fail };
      const { chain } = await openNew(bed(), 5, { hooks });
      expect(chain.settledSize).toBe(6);
      await expect(chain.append(event(1, { type: 'x' }))).rejects.toMatchObject({ code: 'ERR_EVENT_MEMBER' });
      await chain.close();
    });
  });
}
