import { defineConfig } from 'vitest/config';
import { PROJECT, SERVER, SETTINGS, TEMPLATE } from './vitest.settings.ts';

// The contracts of signers, run against implementations by other hands: `npm run test:conformance` starts them.
export default defineConfig({
  ...SETTINGS,
  test: {
    ...PROJECT,
    globalSetup: [TEMPLATE, SERVER],
    include: [
      'packages/signer-registry/test/kms/independent.test.ts',
      'packages/signer-registry/test/pkcs11/softhsm.test.ts',
      'test/conformance/**/*.conformance.ts',
    ],
  },
});
