import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { SEGMENT_FILES } from '../../archive/key.ts';
import { type LoneFiles, loneSegment } from '../../verify/archive/lone-segment.ts';
import type { ArchiveFile } from '../../verify/ports.ts';
import { folderSource } from './folder-source.ts';

/**
 * Opens one segment by any of its three files, which lie beside each other under one name.
 *
 * @returns undefined when the name is not that of a segment's file, or neither index nor manifest is there
 * @example await openSegment('0000000000000000.jsonl.gz')
 */
export async function openSegment(path: string): Promise<Awaited<ReturnType<typeof loneSegment>> | undefined> {
  const ending = Object.values(SEGMENT_FILES).find((one) => path.endsWith(one));
  if (ending === undefined) return undefined;
  const [folder, name] = [dirname(path), basename(path).slice(0, -ending.length)];
  const files: { -readonly [role in keyof LoneFiles]: ArchiveFile } = {};
  for (const [role, end] of Object.entries(SEGMENT_FILES) as [keyof LoneFiles, string][]) {
    const size = await sizeOf(join(folder, name + end));
    if (size !== undefined) files[role] = { path: name + end, size };
  }
  return files.index === undefined && files.manifest === undefined ? undefined : await loneSegment(folderSource(folder), files);
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const found = await stat(path);
    return found.isFile() ? found.size : undefined;
  } catch {
    return undefined;
  }
}
