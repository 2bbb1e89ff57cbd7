import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launch, NO_BROWSER } from './chromium.ts';
import { runSuite } from './run-suite.ts';
import { testFiles } from './suite.ts';

/** Enough to meet every branch; in Node each property runs as often as it says, under both engines. */
const RUNS = 10;

describe.skipIf(NO_BROWSER !== undefined)('the tests of proof-core, in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());

  test(`hold there, each property ${RUNS} times`, async () => {
    const outcomes = await runSuite(browser, testFiles(), RUNS);
    const named = (status: string): string[] => outcomes.filter((outcome) => outcome.status === status).map(({ name }) => name);
    console.info(`in Chromium: ${named('passed').length} passed; only in Node:\n  ${named('not in a browser').join('\n  ')}`);
    expect(outcomes.filter(({ status }) => status === 'failed').map(({ name, message }) => `${name}\n${message}`)).toEqual([]);
    expect(named('passed').length).toBeGreaterThan(10 * named('not in a browser').length);
  });
});
