import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { exportPrivateValues } from '../../src/redact/private-backup.ts';
import { importPrivateValues } from '../../src/redact/private-import.ts';
import { redactPrivateValue } from '../../src/redact/redact.ts';
import { awaitSettled } from '../../src/retention/settled.ts';
import { event } from '../support/chain.ts';
import { asOwner } from '../support/intruder.ts';
import { type SealedChain, sealedChain } from '../support/sealed.ts';
import type { OpenDatabase } from '../support/stores.ts';

const WAIT = 20_000;
const why = { reason: 'request 12', actor: 'user:dpo' };

interface Kept extends SealedChain {
  /** Of records 2, 3 and 4. */
  readonly ids: readonly string[];
  lose(): Promise<void>;
}

/** A chain whose records 2, 3 and 4 have two private values each. */
async function kept(database: OpenDatabase): Promise<Kept> {
  const sealed = await sealedChain(database, 2);
  const ids = [randomUUID(), randomUUID(), randomUUID()];
  for (const [n, id] of ids.entries())
    await sealed.chain.append(event(n, { id, private: { email: `${n}@example.com`, list: [1, { z: '\0', a: null }] } }));
  const lose = (): Promise<void> =>
    asOwner(database.client, 'delete from countersign.private_value where id = any($1::uuid[])', [`{${ids.join()}}`]);
  return { ...sealed, ids, lose };
}

async function lines({ parts }: SealedChain): Promise<string[]> {
  const found: string[] = [];
  for await (const line of exportPrivateValues(parts.store)) found.push(new TextDecoder().decode(line));
  return found;
}

/** The file in pieces of so many bytes. */
async function* pieces(text: string, size = 4096): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

export function describeBackup(database: () => OpenDatabase): void {
  describe('backup of private values', () => {
    test('brings back what was lost, however the file is cut, and changes nothing when it is all there', async () => {
      const chain = await kept(database());
      const { store } = chain.parts;
      const before = await Promise.all(chain.ids.map((id) => store.privateValues(id)));
      const file = (await lines(chain)).join('');
      expect(file.split('\n')).toHaveLength(7);
      expect(await importPrivateValues(store, pieces(file))).toEqual({ restored: 0, present: 6, redacted: 0, pruned: 0 });
      await chain.lose();
      expect(await store.privateValues(chain.ids[0]!)).toEqual([]);
      expect(await importPrivateValues(store, pieces(file.trimEnd(), 7))).toEqual({ restored: 6, present: 0, redacted: 0, pruned: 0 });
      expect(await Promise.all(chain.ids.map((id) => store.privateValues(id)))).toEqual(before);
      await chain.chain.close();
    });

    test('never brings back what was erased, also when the marks were lost with the values', async () => {
      const chain = await kept(database());
      const { store } = chain.parts;
      const file = (await lines(chain)).join('');
      const { id } = await redactPrivateValue(store, { seq: 3, name: 'email', ...why });
      await awaitSettled(store, id, WAIT);
      expect(await lines(chain)).toHaveLength(5);
      expect(await importPrivateValues(store, pieces(file))).toEqual({ restored: 0, present: 5, redacted: 1, pruned: 0 });
      await chain.lose();
      expect(await importPrivateValues(store, pieces(file))).toEqual({ restored: 5, present: 0, redacted: 1, pruned: 0 });
      expect((await store.privateValues(chain.ids[1]!)).map(({ name }) => name)).toEqual(['list']);
      await expect(redactPrivateValue(store, { seq: 3, name: 'email', ...why })).rejects.toMatchObject({ code: 'ERR_PRIVATE_REDACTED' });
      await chain.chain.close();
    });

    test('a value that was lost can be erased all the same, and erasures known from elsewhere count', async () => {
      const chain = await kept(database());
      const { store } = chain.parts;
      const file = (await lines(chain)).join('');
      await chain.lose();
      await redactPrivateValue(store, { seq: 2, name: 'email', ...why });
      const redacted = [{ seq: 4, name: 'list' }];
      const { restored } = await importPrivateValues(store, pieces(file), { redacted });
      expect(restored).toBe(4);
      expect((await store.privateValues(chain.ids[0]!)).map(({ name }) => name)).toEqual(['list']);
      expect((await store.privateValues(chain.ids[2]!)).map(({ name }) => name)).toEqual(['email']);
      await chain.chain.close();
    });

    test('a value, name, id or salt that the record does not commit to is refused, naming the line', async () => {
      const chain = await kept(database());
      const { store } = chain.parts;
      const [first, second] = await lines(chain);
      await chain.lose();
      const at = (from: number): string => first!.slice(from, from + 1);
      const salt = first!.indexOf('"salt":"') + 8;
      const changed: readonly string[] = [
        first!.replace('@example.com', '@example.org'),
        first!.replace('"name":"email"', '"name":"phone"'),
        first!.replace(/"id":"[^"]*"/, `"id":"${randomUUID()}"`),
        first!.replace(/"id":"[^"]*"/, `"id":"${chain.ids.find((id) => !first!.includes(id))}"`),
        first!.slice(0, salt) + (at(salt) === '0' ? '1' : '0') + first!.slice(salt + 1),
      ];
      for (const line of changed) {
        const importing = importPrivateValues(store, pieces(`${second!}${line}`));
        await expect(importing, line).rejects.toMatchObject({ code: 'ERR_PRIVATE_COMMITMENT', field: 'line 2' });
      }
      await chain.chain.close();
    });

    test('a line that is not of the format is refused, naming the line', async () => {
      const chain = await kept(database());
      const { store } = chain.parts;
      const [line] = await lines(chain);
      const broken: readonly string[] = [
        '\n',
        'no json\n',
        '[]\n',
        ` ${line!}`,
        line!.replace('"format":"countersign/private-value@1"', '"format":"countersign/private-value@2"'),
        line!.replace(chain.chain.id, 'example.com/another'),
        line!.replace('"name":', '"more":1,"name":'),
        line!.replace(/"salt":"../, '"salt":"'),
        line!.replace(/"salt":"[0-9a-f]{64}"/, '"salt":5'),
        line!.replace(/"id":"./, '"id":"Z'),
        'x'.repeat(2 ** 20 + 4097),
      ];
      for (const text of broken) {
        const importing = importPrivateValues(store, pieces(`${line!}${text}`));
        await expect(importing, text.slice(0, 80)).rejects.toMatchObject({ code: 'ERR_PRIVATE_FILE', field: 'line 2' });
      }
      await chain.chain.close();
    });
  });
}
