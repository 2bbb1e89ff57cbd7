import fast from './vitest.config.ts';

// Long runs (kill and recover, the whole real input, every byte flipped): `npm run test:slow`.
export default {
  ...fast,
  test: {
    ...fast.test,
    include: ['packages/*/test/**/*.slow.test.ts', 'test/**/*.slow.test.ts'],
    exclude: ['**/node_modules/**'],
    testTimeout: 1_800_000,
    hookTimeout: 1_800_000,
  },
};
