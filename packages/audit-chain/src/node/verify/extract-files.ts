import { readFile, stat } from 'node:fs/promises';
import { MAX_EXTRACT_BYTES } from '../../verify/extract/read.ts';
import type { ExtractSource } from '../../verify/extract/inspect.ts';
import { fileSource } from './file-source.ts';
import { sourceError } from './folder-source.ts';

const RECORDS = /\.jsonl(?:\.gz)?$/;
const DOCUMENT = '.extract.json';

/**
 * The name of the document beside the record lines of an extract.
 *
 * @returns undefined when the name is not one of record lines
 * @example extractDocument('x.jsonl.gz') // 'x.extract.json'
 */
export function extractDocument(path: string): string | undefined {
  return RECORDS.test(path) ? path.replace(RECORDS, DOCUMENT) : undefined;
}

/**
 * Finds the two files of an extract by either of them.
 *
 * @returns undefined when the path is not that of an extract
 * @throws SourceError when one of them cannot be read
 * @example await openExtract('x.jsonl.gz')
 */
export async function openExtract(path: string): Promise<ExtractSource | undefined> {
  if (path.endsWith(DOCUMENT)) {
    const name = path.slice(0, -DOCUMENT.length);
    const packed = `${name}.jsonl.gz`;
    return { document: await readDocument(path), records: fileSource((await isThere(packed)) ? packed : `${name}.jsonl`) };
  }
  const document = extractDocument(path);
  if (document === undefined || !(await isThere(document))) return undefined;
  return { document: await readDocument(document), records: fileSource(path) };
}

async function isThere(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

async function readDocument(path: string): Promise<Uint8Array> {
  try {
    // One byte more than is allowed is enough to refuse it.
    const bytes = await readFile(path);
    return bytes.subarray(0, MAX_EXTRACT_BYTES + 1);
  } catch (error) {
    throw sourceError(error, path);
  }
}
