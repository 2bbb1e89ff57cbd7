import type { VerifyOptions } from './context.ts';
import type { FindingList } from './finding.ts';
import type { IdStore } from './ports.ts';
import { memoryIds } from './record/memory-ids.ts';

/** Opens the store of ids that level `deep` needs; undefined at other levels. */
export function openIds({ level, ids }: VerifyOptions): IdStore | undefined {
  return level === 'deep' ? (ids ?? memoryIds)() : undefined;
}

/** Reports the ids that came twice, and closes the store. */
export async function reportIds(ids: IdStore | undefined, findings: FindingList): Promise<void> {
  if (ids === undefined) return;
  try {
    for (const { seq, first } of await ids.repeated()) {
      findings.add({ code: 'ID_REPEATED', seq, field: 'event.id', expected: 'an id of its own', actual: `that of record ${first}` });
    }
  } finally {
    await ids.close();
  }
}
