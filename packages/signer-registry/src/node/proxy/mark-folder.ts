import { createHash, randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, readdir, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hexDecode, hexEncode } from '@countersign/proof-core/bytes/hex';
import { canonicalize } from '@countersign/proof-core/node/canonicalize';
import { parseJson } from '@countersign/proof-core/json/parse';
import { isJsonObject } from '@countersign/proof-core/json/value';
import type { HighWaterMark, Mark } from '@countersign/proof-core/ports';
import { RegistryError, unexpected } from '../../errors.ts';
import { checkMark } from '../../signer/mark.ts';
import { syncFolder } from '../sync-folder.ts';

const FORMAT = 'countersign/mark@1';
const GENERATION = /^[0-9]{16}\.json$/;

const codeOf = (error: unknown): unknown => (error as NodeJS.ErrnoException).code;

async function generations(folder: string): Promise<number[]> {
  try {
    const names = await readdir(folder);
    return names
      .filter((name) => GENERATION.test(name))
      .map((name) => Number.parseInt(name, 10))
      .sort((a, b) => a - b);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

function parseMark(bytes: Uint8Array, origin: string): Mark {
  const value = parseJson(bytes, 'mark');
  if (isJsonObject(value) && value['format'] === FORMAT && value['origin'] === origin) {
    const { size, root } = value;
    if (typeof size === 'number' && Number.isSafeInteger(size) && size > 0 && typeof root === 'string') {
      return { origin, size, root: hexDecode(root, 32, 'root') };
    }
  }
  throw unexpected('ERR_MARK_FOLDER', 'mark', `a mark of ${origin}`, 'something else');
}

/**
 * Keeps the high-water marks of many origins in a folder, safely for several processes at once.
 *
 * Each origin has a subfolder of numbered files, and the highest number is the mark. A step is written aside, synced, and *linked* to the next
 * number, which fails if somebody else was faster: then the step is judged again, against what he wrote. So no two processes ever reserve two
 * steps from one mark. Two older files are kept.
 *
 * @param path the folder; made if missing, mode 0700
 * @throws RegistryError from `reserve`: ERR_SIGN_MARK, ERR_MARK_FOLDER; the system's own errors where nothing can be written
 * @example const marks = markFolder('/var/lib/signing-proxy/marks');
 */
export function markFolder(path: string): HighWaterMark {
  const folderOf = (origin: string): string => join(path, createHash('sha256').update(origin).digest('hex'));
  const fileOf = (folder: string, generation: number): string => join(folder, `${String(generation).padStart(16, '0')}.json`);

  async function newest(origin: string): Promise<{ generation: number; mark: Mark | undefined }> {
    const folder = folderOf(origin);
    for (;;) {
      const generation = (await generations(folder)).at(-1);
      if (generation === undefined) return { generation: 0, mark: undefined };
      try {
        return { generation, mark: parseMark(await readFile(fileOf(folder, generation)), origin) };
      } catch (error) {
        // Somebody has moved on and cleaned up in between: look again.
        if (codeOf(error) === 'ENOENT') continue;
        if (error instanceof RegistryError) throw error;
        throw new RegistryError('ERR_MARK_FOLDER', `mark of ${origin}: expected one that can be read`, { field: 'mark', cause: error });
      }
    }
  }

  /** Writes the next generation; false where somebody else has done so. */
  async function write(folder: string, generation: number, mark: Mark): Promise<boolean> {
    const aside = join(folder, `${randomUUID()}.tmp`);
    const file = await open(aside, 'wx', 0o600);
    try {
      const { origin, size, root } = mark;
      await file.writeFile(canonicalize({ format: FORMAT, origin, root: hexEncode(root), size }));
      await file.sync();
    } finally {
      await file.close();
    }
    try {
      await link(aside, fileOf(folder, generation));
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      throw error;
    } finally {
      await unlink(aside);
    }
    await syncFolder(folder);
    // A number that had been cleaned up could be taken twice; then there is a higher one, and this step has lost.
    if ((await generations(folder)).at(-1) === generation) return true;
    await unlink(fileOf(folder, generation)).catch(() => {});
    return false;
  }

  return {
    read: async (origin) => (await newest(origin)).mark,
    async reserve(next, proof) {
      const own: Mark = { ...next, root: next.root.slice() };
      const folder = folderOf(own.origin);
      for (;;) {
        const { generation, mark } = await newest(own.origin);
        if (!checkMark(mark, own, proof)) return;
        if (generation === 0) {
          await mkdir(folder, { recursive: true, mode: 0o700 });
          await syncFolder(path);
          await syncFolder(dirname(path));
        }
        if (await write(folder, generation + 1, own)) {
          const old = (await generations(folder)).slice(0, -3);
          await Promise.all(old.map((one) => unlink(fileOf(folder, one)).catch(() => {})));
          return;
        }
      }
    },
  };
}
