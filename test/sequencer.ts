import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take longest, longest first; where nobody remembers how long they took they would come last, because they are small. */
const LONGEST = [
  'test/crash/append',
  'verify-cli/test/audit-chain/scripts',
  'test/rotation/rehearsal',
  'test/tampering/flip',
  'audit-chain/test/tiles/publish',
  'audit-chain/test/immutability/pglite',
  'audit-chain/test/archive/sealer',
  'test/readme/readme',
  'audit-chain/test/immutability/postgres',
  'audit-chain/test/faults/pglite',
  'test/rotation/backends',
  'audit-chain/test/pglite/disk-full',
];

/** What waits longest begins first, so that at the end no worker waits for the other. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const at = LONGEST.findIndex((name) => moduleId.endsWith(`${name}.test.ts`));
      return at < 0 ? LONGEST.length : at;
    };
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b));
  }
}
