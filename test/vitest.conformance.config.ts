import fast from './vitest.config.ts';

// The contracts of signers, run against implementations by other hands: `npm run test:conformance` starts them.
export default {
  ...fast,
  test: {
    ...fast.test,
    globalSetup: [],
    include: [
      'packages/signer-registry/test/kms/independent.test.ts',
      'packages/signer-registry/test/pkcs11/softhsm.test.ts',
      'test/conformance/**/*.conformance.ts',
    ],
    testTimeout: 60_000,
  },
};
