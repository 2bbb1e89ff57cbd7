import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type SealedSegment, sealChain } from '../../src/archive/seal.ts';
import type { ArchiveTarget } from '../../src/archive/target.ts';
import { folderTarget } from '../../src/node/archive/folder-target.ts';
import { gzipMember } from '../../src/node/archive/gzip.ts';
import { type TestBed, signer, testBed } from '../support/chain.ts';
import { testResolver, testSigner } from '../support/keys.ts';
import { type SealedChain, sealedChain } from '../support/sealed.ts';
import { filesIn, payloadOf } from './read.ts';

let bed: TestBed;
beforeAll(async () => {
  bed = await testBed();
});
afterAll(() => bed.close());

const TABLES = ['record', 'checkpoint', 'note', 'segment'];
const NOW = '2026-11-21T03:12:00.000Z';
let folders = 0;
const newFolder = (): string => join(bed.folder, `sealed-${folders++}`);

/** A chain of 1 + batches × 10 records with a note after each batch; nothing is sealed. */
async function newChain(batches: number): Promise<SealedChain> {
  const made = await sealedChain({ store: bed.store, folder: bed.folder }, 1);
  await made.append(batches * 10, 10);
  return made;
}

async function seal({ parts }: SealedChain, target: ArchiveTarget, records = 20, changes: object = {}): Promise<SealedSegment[]> {
  const segments: SealedSegment[] = [];
  const exporter = { env: 'test', pii_policy_version: '1', service: 'test', version: '1' };
  const registry = { digest: '0'.repeat(64), version: 1 };
  const { store, resolver } = parts;
  const sealing = sealChain({
    store,
    target,
    signers: [signer],
    resolver,
    registry,
    exporter,
    gzip: gzipMember,
    now: NOW,
    limits: { records },
    ...changes,
  });
  for await (const segment of sealing) segments.push(segment);
  return segments;
}

const places = (segments: readonly SealedSegment[]): string[] => segments.map(({ first, last }) => `${first}-${last}`);

/** A target whose n-th writing fails, before it took effect or after. */
function failing(target: ArchiveTarget, nth: number, when: 'before' | 'after'): ArchiveTarget {
  let puts = 0;
  return {
    ...target,
    async put(key, content, retention) {
      const now = puts++ === nth;
      if (now && when === 'before') throw new Error('power cut');
      const isNew = await target.put(key, content, retention);
      if (now) throw new Error('power cut');
      return isNew;
    },
  };
}

test('segments end at signed checkpoints, hold about as many records as asked for, and follow each other', async () => {
  const chain = await newChain(5);
  const target = folderTarget(newFolder());
  expect(places(await seal(chain, target))).toEqual(['0-10', '11-30', '31-50']);
  expect(places(await seal(chain, target))).toEqual([]);
  await chain.append(10);
  expect(places(await seal(chain, target))).toEqual(['51-60']);
});

test('a batch that is larger than a segment should be is one segment', async () => {
  const chain = await newChain(0);
  await chain.append(90);
  await chain.append(10);
  expect(places(await seal(chain, folderTarget(newFolder()), 20))).toEqual(['0-0', '1-90', '91-100']);
});

test('the same chain gives the same files, in every place', async () => {
  const chain = await newChain(4);
  const [one, two] = [newFolder(), newFolder()];
  await seal(chain, folderTarget(one));
  await seal(chain, folderTarget(two));
  expect(filesIn(one).size).toBe(9);
  expect(filesIn(two)).toEqual(filesIn(one));
});

describe('a sealing that is cut off', () => {
  // The files of a segment; sealer.test.ts cuts at every call there is.
  const cuts = [0, 1, 2].flatMap((nth) => [[nth, 'before'] as const, [nth, 'after'] as const]);
  test.each(cuts)('at writing %i, %s it took effect, is completed by the next with the same files', async (nth, when) => {
    const chain = await newChain(3);
    const [whole, cut] = [newFolder(), newFolder()];
    await seal(chain, folderTarget(whole));
    await expect(seal(chain, failing(folderTarget(cut), nth, when))).rejects.toThrow('power cut');
    // Records that came meanwhile do not move the ends of what was begun.
    await chain.append(10);
    const done = nth === 0 && when === 'before' ? [] : filesIn(cut);
    const rest = await seal(chain, folderTarget(cut), 20, { now: NOW });
    expect(places(rest)[0]).toBe('0-10');
    const files = filesIn(cut);
    for (const [path, bytes] of [...filesIn(whole), ...done]) expect(files.get(path)?.equals(bytes), path).toBe(true);
    expect(files.size).toBe(filesIn(whole).size + 3);
  });
});

describe('a place where something is already', () => {
  const endings = ['.jsonl.gz', '.index.json', '.manifest.json'];
  test.each(endings)('another %s is a conflict and stays as it is', async (ending) => {
    const chain = await newChain(1);
    const [genuine, folder] = [newFolder(), newFolder()];
    const [{ key }] = (await seal(chain, folderTarget(genuine))) as [SealedSegment];
    const other = readFileSync(join(genuine, key + ending));
    other[other.length - 8]! ^= 1; // In the check sum of a gzip member, or near the end of a document.
    for (const content of [other, Buffer.from('something else'), Buffer.alloc(0)]) {
      const path = join(`${folder}-${content.length}`, key + ending);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
      await expect(seal(chain, folderTarget(`${folder}-${content.length}`))).rejects.toMatchObject({
        code: 'ERR_ARCHIVE_CONFLICT',
        field: 'key',
      });
      expect(readFileSync(path).equals(content)).toBe(true);
    }
  });

  test('a manifest that says the same under another signature is adopted only if that signature holds', async () => {
    const chain = await newChain(1);
    const both = { resolver: testResolver([signer, testSigner(2)]) };
    const [first, second, forged] = [newFolder(), newFolder(), newFolder()];
    const [{ key }] = (await seal(chain, folderTarget(first), 20, { ...both, signers: [testSigner(2)] })) as [SealedSegment];
    for (const [folder, mangle] of [
      [second, false],
      [forged, true],
    ] as const) {
      for (const [path, bytes] of filesIn(first)) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        const text = bytes.toString();
        const changed = text.replace(/"signature":"./, (start) => `${start.slice(0, -1)}${start.endsWith('A') ? 'B' : 'A'}`);
        writeFileSync(join(folder, path), mangle && path.endsWith('.manifest.json') ? changed : bytes);
      }
    }
    expect(places(await seal(chain, folderTarget(second), 20, both))).toEqual(['0-10']);
    expect(payloadOf(readFileSync(join(second, `${key}.manifest.json`))).signatures.length).toBe(1);
    await expect(seal(chain, folderTarget(forged), 20, both)).rejects.toMatchObject({ code: 'ERR_ARCHIVE_CONFLICT' });
  });
});

describe('what contradicts the signed chain is not sealed', () => {
  /** Three segments' worth, the first sealed. */
  async function partly(): Promise<{ chain: SealedChain; target: ArchiveTarget; folder: string }> {
    const chain = await newChain(1);
    const folder = newFolder();
    await seal(chain, folderTarget(folder));
    await chain.append(20, 10);
    return { chain, target: folderTarget(folder), folder };
  }
  const attacks: readonly (readonly [string, string, string])[] = [
    [
      'an edited record',
      `update countersign.record set record = replace(record, 'order.created', 'order.deleted') where chain = $1 and seq = 15`,
      'ERR_CHAIN_TAMPERED',
    ],
    [
      'an edited last record',
      `update countersign.record set record = replace(record, 'order.created', 'order.deleted') where chain = $1 and seq = 30`,
      'ERR_CHAIN_TAMPERED',
    ],
    ['a deleted record', 'delete from countersign.record where chain = $1 and seq = 20', 'ERR_CHAIN_TAMPERED'],
    [
      'two swapped records',
      `update countersign.record r set record = (select record from countersign.record o where o.chain = $1 and o.seq = 33 - r.seq) where chain = $1 and seq in (16, 17)`,
      'ERR_CHAIN_TAMPERED',
    ],
    [
      'a frontier of before that is another',
      `update countersign.checkpoint set frontier = set_byte(frontier, 25, 255 - get_byte(frontier, 25)) where chain = $1 and size = 11`,
      'ERR_CHAIN_TAMPERED',
    ],
    [
      'a note that was edited',
      `update countersign.note set note = replace(note, E'\\n31\\n', E'\\n30\\n') where chain = $1 and size = 31`,
      'ERR_NOTE_SIGNATURE',
    ],
    [
      'a note of another size in its place',
      `update countersign.note set note = (select note from countersign.note where chain = $1 and size = 21) where chain = $1 and size = 31`,
      'ERR_CHAIN_TAMPERED',
    ],
    [
      'a planned range that starts elsewhere',
      `insert into countersign.segment (chain, target, first, last, exported_at) select $1, target, 13, 30, exported_at from countersign.segment where chain = $1`,
      'ERR_CHAIN_TAMPERED',
    ],
    [
      'a planned range that ends at no checkpoint',
      `insert into countersign.segment (chain, target, first, last, exported_at) select $1, target, 11, 25, exported_at from countersign.segment where chain = $1`,
      'ERR_CHAIN_TAMPERED',
    ],
    [
      'another digest of the manifest before',
      `update countersign.segment set manifest = sha256(manifest) where chain = $1`,
      'ERR_CHAIN_TAMPERED',
    ],
  ];
  test.each(attacks)('%s', async (_name, sql, code) => {
    const { chain, target, folder } = await partly();
    const before = filesIn(folder);
    const [row] = await bed.client.query('select id from countersign.chain where name = $1', [chain.chain.id]);
    // Whoever owns the tables can switch off what protects them.
    await bed.client.execute(TABLES.map((table) => `alter table countersign.${table} disable trigger all;`).join(''));
    await bed.client.query(sql, [row!['id']]);
    await bed.client.execute(TABLES.map((table) => `alter table countersign.${table} enable trigger all;`).join(''));
    await expect(seal(chain, target, 100)).rejects.toMatchObject({ code });
    // Record and index files may be there; what vouches for them is not.
    const manifests = (files: Map<string, Buffer>): string[] => [...files.keys()].filter((path) => path.endsWith('.manifest.json'));
    expect(manifests(filesIn(folder))).toEqual(manifests(before));
  });

  test('a key that is not registered for segments signs none', async () => {
    const { chain, target } = await partly();
    const resolver = testResolver([signer], ['checkpoint']);
    await expect(seal(chain, target, 100, { resolver })).rejects.toMatchObject({ code: 'ERR_SIGNER_WRONG' });
    await expect(seal(chain, target, 100, { signers: [testSigner(9)] })).rejects.toMatchObject({ code: 'ERR_SIGNER_WRONG' });
  });
});

describe('a place that locks what is put there', () => {
  function locking(): ArchiveTarget & { readonly files: Map<string, Uint8Array>; readonly until: Map<string, string> } {
    const files = new Map<string, Uint8Array>();
    const until = new Map<string, string>();
    let day = 0;
    return {
      name: `memory:${folders++}`,
      isWriteOnce: true,
      files,
      until,
      retention: () => Promise.resolve({ mode: 'COMPLIANCE', until: new Date(Date.UTC(2033, 0, ++day)).toISOString() }),
      put(key, content, retention) {
        until.set(key, retention.mode === 'none' ? 'none' : retention.until);
        return Promise.resolve(!files.has(key) && files.set(key, content).size > 0);
      },
      read: (key) => Promise.resolve(files.get(key)),
    };
  }

  test.each([0, 1, 2])('a sealing cut after writing %i is completed, all three files kept as long as the manifest says', async (nth) => {
    const chain = await newChain(1);
    const target = locking();
    await expect(seal(chain, failing(target, nth, 'after'))).rejects.toThrow('power cut');
    await seal(chain, target);
    const [[, manifest]] = [...target.files].filter(([key]) => key.endsWith('.manifest.json')) as [[string, Uint8Array]];
    // The manifest that the first attempt wrote stays, with its day.
    const until = nth === 2 ? '2033-01-01T00:00:00.000Z' : '2033-01-02T00:00:00.000Z';
    expect(payloadOf(manifest).value.retention).toEqual({ mode: 'COMPLIANCE', until });
    expect([...target.until.values()]).toEqual([until, until, until]);
  });

  test('a directory refuses to complete what a lock was promised for', async () => {
    const chain = await newChain(1);
    const [locked, folder] = [locking(), folderTarget(newFolder())];
    await seal(chain, locked);
    for (const [path, bytes] of locked.files) await folder.put(path, bytes, { mode: 'none' });
    await expect(seal(chain, folder)).rejects.toMatchObject({ code: 'ERR_ARCHIVE_RETENTION', field: 'retention' });
  });
});

describe('the folder', () => {
  test('its files are read-only, and it says that it is not write-once', async () => {
    const folder = newFolder();
    const target = folderTarget(folder);
    expect(target.isWriteOnce).toBe(false);
    await target.put('a/b', Buffer.from('text'), await target.retention());
    expect(statSync(join(folder, 'a/b')).mode & 0o777).toBe(0o444);
  });

  test('a folder that cannot be written to, or is a file, is a coded error', async () => {
    const chain = await newChain(1);
    const path = newFolder();
    writeFileSync(path, 'text');
    await expect(seal(chain, folderTarget(path))).rejects.toMatchObject({ code: 'ERR_ARCHIVE_STORE' });
  });
});
