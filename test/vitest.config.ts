import { defineConfig } from 'vitest/config';
import { LongestFirst } from './sequencer.ts';
import { PROJECT, SERVER, SETTINGS, TEMPLATE } from './vitest.settings.ts';

const SLOW = ['**/*.slow.test.ts', '**/node_modules/**'];

/**
 * Files that leave nothing behind in their process and mind nothing that others left: they share one, and with it what they import, which is
 * most of their time; databases they close. All others have a process each: they make roles, change folders, stand still or count from one.
 */
const TOGETHER = [
  'packages/proof-core/test/**/*.test.ts',
  'packages/signer-registry/test/**/!(softhsm|independent).test.ts',
  'packages/audit-chain/test/{adapters,doctor,fuzz,record,s3,spec,vectors}/*.test.ts',
  'packages/audit-chain/test/import/{check,lines}.test.ts',
  'packages/audit-chain/test/marks/{file,s3}.test.ts',
  'packages/audit-chain/test/verify/!(postgres|deep).test.ts',
  'packages/audit-chain/test/witness/{ask,quorum,server}.test.ts',
  'packages/audit-chain/test/{archive,evidence,extract,read,restore,tiles}/*.test.ts',
  'packages/audit-chain/test/append/{chain,heartbeat,signer-event}.test.ts',
  'packages/audit-chain/test/marks/{embedded,sql}.test.ts',
  'packages/audit-chain/test/store/{pglite,postgres}.test.ts',
  'packages/verify-cli/test/{audit-signers,audit-verify,output}/*.test.ts',
  'packages/verify-cli/test/audit-chain/{init,keys}.test.ts',
  'packages/verify-cli/test/witness/beside.test.ts',
  'packages/*/test/**/{page,pages}.test.ts',
  'test/{repository,vectors}/*.test.ts',
];

export default defineConfig({
  ...SETTINGS,
  test: {
    maxWorkers: PROJECT.maxWorkers,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        ...SETTINGS,
        test: {
          ...PROJECT,
          name: 'apart',
          include: ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: [...SLOW, ...TOGETHER],
          globalSetup: [TEMPLATE, SERVER],
        },
      },
      {
        ...SETTINGS,
        test: { ...PROJECT, name: 'together', include: TOGETHER, exclude: SLOW, globalSetup: [TEMPLATE, SERVER], isolate: false },
      },
    ],
  },
});
