import type { Engine } from '@countersign/proof-core/engine/engine';
import { nodeInflater } from '../../../src/node/verify/inflater.ts';
import { type ArchiveOptions, inspectArchive } from '../../../src/verify/archive/inspect.ts';
import { type ArchiveSource, SourceError } from '../../../src/verify/ports.ts';
import type { Report } from '../../../src/verify/report.ts';
import { testResolver } from '../../support/keys.ts';
import { type Files, signer } from './archive.ts';

export const resolver = testResolver([signer]);

export function memorySource(files: Files): ArchiveSource {
  return {
    kind: 'memory',
    list: async () => [...files].map(([path, { length }]) => ({ path, size: length })),
    async read(path, start, end) {
      const file = files.get(path);
      if (file === undefined) throw new SourceError('missing', path);
      return file.slice(start, end);
    },
  };
}

export async function inspect(files: Files, options: Partial<ArchiveOptions> = {}, engine?: Engine): Promise<Report> {
  return await inspectArchive(memorySource(files), { resolver, inflater: nodeInflater, ...options }, engine);
}

/** Findings as short text: `CODE@segment/seq.field`. */
export function short(report: Report): string[] {
  return report.findings.map(
    ({ code, segment, seq, field }) =>
      `${code}${segment === undefined ? '' : `@${segment}`}${seq === undefined ? '' : `/${seq}`}${field === undefined ? '' : `.${field}`}`,
  );
}
