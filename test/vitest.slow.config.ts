import { defineConfig } from 'vitest/config';
import { DATABASES, PROJECT, SETTINGS } from './vitest.settings.ts';

// Long runs (kill and recover, the whole real input, every byte flipped): `npm run test:slow`.
export default defineConfig({
  ...SETTINGS,
  test: {
    ...PROJECT,
    include: ['packages/*/test/**/*.slow.test.ts', 'test/**/*.slow.test.ts'],
    globalSetup: DATABASES,
    testTimeout: 1_800_000,
    hookTimeout: 1_800_000,
  },
});
