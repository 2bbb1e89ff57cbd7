import { defineConfig } from 'vitest/config';
import { PROJECT, SERVER, SETTINGS, TEMPLATE } from './vitest.settings.ts';

// Long runs (kill and recover, the whole real input, every byte flipped): `npm run test:slow`.
export default defineConfig({
  ...SETTINGS,
  test: {
    ...PROJECT,
    include: ['packages/*/test/**/*.slow.test.ts', 'test/**/*.slow.test.ts'],
    globalSetup: [TEMPLATE, SERVER],
    testTimeout: 1_800_000,
    hookTimeout: 1_800_000,
  },
});
