import { defineConfig } from 'vitest/config';
import { DATABASES, PROJECT, SETTINGS } from './vitest.settings.ts';

// The contracts of signers, run against implementations by other hands: `npm run test:conformance` starts them.
export default defineConfig({
  ...SETTINGS,
  test: {
    ...PROJECT,
    globalSetup: DATABASES,
    include: [
      'packages/signer-registry/test/kms/independent.test.ts',
      'packages/signer-registry/test/pkcs11/softhsm.test.ts',
      'test/conformance/**/*.conformance.ts',
    ],
  },
});
