import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ROOT } from '../repository/tree.ts';
import { makeSample } from '../support/sample.ts';
import { launch, NO_BROWSER } from './chromium.ts';

const { buildPage } = (await import(pathToFileURL(join(ROOT, 'tools/verify-page.mjs')).href)) as {
  readonly buildPage: () => Promise<string>;
};

describe.skipIf(NO_BROWSER !== undefined)('verify.html, in Chromium', () => {
  let folder = '';
  let browser: Browser;
  let page: Page;
  let asked: string[] = [];

  const file = (name: string, bytes: Uint8Array | string): string => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  };
  const give = async (kind: 'receipt' | 'registry', name: string): Promise<void> => page.setInputFiles(`#${kind}`, join(folder, name));
  const verdict = async (wanted: string): Promise<string> =>
    (await (await page.waitForSelector(`#verdict[data-verdict="${wanted}"]`)).textContent()) ?? '';
  const statusOf = (check: string): Promise<string | null> => page.getAttribute(`[data-check="${check}"]`, 'data-status');

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-page-'));
    const sample = await makeSample();
    const receipt = sample.receipts[3]!;
    const text = new TextDecoder().decode(receipt);
    file('verify.html', await buildPage());
    file('order-3.receipt', receipt);
    file('changed.receipt', text.replace('"amount":2002', '"amount":1002'));
    file('markup.receipt', text.replace('user:7f3a', '<img src=x onerror=alert(1)>'));
    file('cut.receipt', receipt.slice(0, 300));
    file('signers.json', sample.registry);
    file('other.json', (await makeSample(2, 'another ')).registry);
    file('changed.json', new TextDecoder().decode(sample.registry).replace('"signature":"', '"signature":"A'));
    browser = await launch();
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    page = await browser.newPage();
    page.setDefaultTimeout(0);
    asked = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(pathToFileURL(join(folder, 'verify.html')).href);
  });
  afterEach(() => page.close());

  test('says what a genuine receipt proves, and that every check passed', async () => {
    await give('receipt', 'order-3.receipt');
    await give('registry', 'signers.json');
    expect(await verdict('verified')).toBe('VerifiedRecord 3 of example.com/audit is in the log of 7 records that log-1 (audit) signed.');
    expect(await page.locator('[data-check]').count()).toBe(8);
    expect(await page.locator('[data-status="failed"]').count()).toBe(0);
    expect(await statusOf('origin')).toBe('skipped');
    await page.getByLabel('Chain').fill('example.com/audit');
    await page.waitForSelector('[data-check="origin"][data-status="passed"]');
  });

  test('is inconclusive without a registry, whatever the receipt holds', async () => {
    await give('receipt', 'order-3.receipt');
    expect(await verdict('inconclusive')).toContain('anyone could have made it');
    expect([await statusOf('inclusion'), await statusOf('signature'), await statusOf('signer')]).toEqual(['passed', 'skipped', 'skipped']);
  });

  test('is inconclusive with a registry that its own roots did not sign, and says why', async () => {
    await give('receipt', 'order-3.receipt');
    await give('registry', 'changed.json');
    expect(await verdict('inconclusive')).toContain('the registry cannot be used');
    expect(await page.locator('#details').textContent()).toContain('ERR_');
  });

  test.each([
    [
      'a changed record',
      'changed.receipt',
      'signers.json',
      'inclusion',
      'ERR_INCLUSION',
      'it was changed, or the proof is of another record',
    ],
    ['a receipt cut short', 'cut.receipt', 'signers.json', 'form', 'ERR_RECEIPT_FORM', 'not a receipt, or was damaged'],
    [
      'a registry of others',
      'order-3.receipt',
      'other.json',
      'signature',
      'ERR_NOTE_UNVERIFIED',
      'no good signature by a key of this registry',
    ],
    ['something else', 'verify.html', 'signers.json', 'form', 'ERR_', 'not a receipt'],
  ])('refuses %s and names the check', async (_, receipt, registry, check, code, words) => {
    await give('registry', registry);
    await give('receipt', receipt);
    expect(await verdict('refused')).toContain(words);
    expect(await statusOf(check)).toBe('failed');
    expect(await page.locator(`[data-check="${check}"]`).textContent()).toContain(code);
  });

  test('refuses a genuine receipt of another chain than the one named', async () => {
    await give('receipt', 'order-3.receipt');
    await give('registry', 'signers.json');
    await page.getByLabel('Chain').fill('example.com/other');
    await verdict('refused');
    expect(await statusOf('origin')).toBe('failed');
  });

  test('takes both files dropped at once, each for what it is', async () => {
    const { receipts, registry } = await makeSample();
    await page.evaluate(`(${DROP})(${JSON.stringify([[...receipts[3]!], [...registry]])})`);
    await verdict('verified');
  });

  test('shows what a file says as text, never as markup', async () => {
    await give('receipt', 'markup.receipt');
    await page.waitForSelector('[data-check]');
    expect(await page.locator('#details img').count()).toBe(0);
    expect(await page.locator('#details').textContent()).toContain('<img src=x onerror=alert(1)>');
  });

  test('asks the network for nothing, and may not', async () => {
    await give('receipt', 'order-3.receipt');
    await give('registry', 'signers.json');
    await verdict('verified');
    expect(asked).toEqual([page.url()]);
    expect(await page.evaluate(FORBIDDEN)).toEqual(['connect-src', 'img-src']);
    const policy = await page.getAttribute('meta[http-equiv="Content-Security-Policy"]', 'content');
    expect(policy).toMatch(/^default-src 'none'; script-src 'sha256-[^ ]+'; style-src 'sha256-[^ ]+'; base-uri 'none'; form-action 'none'/);
    expect(await page.content()).not.toMatch(/https?:\/\/|\bsrc=|\bhref=/);
  });

  test('can be used by keyboard and read aloud: labels, one live verdict, headings in order', async () => {
    const focused: (string | null)[] = [];
    for (let i = 0; i < 3; i += 1) {
      await page.keyboard.press('Tab');
      focused.push(await page.locator(':focus').getAttribute('id'));
    }
    expect(focused).toEqual(['receipt', 'registry', 'origin']);
    for (const label of ['Receipt', 'Signer registry', 'Chain']) expect(await page.getByLabel(label).count()).toBe(1);
    expect(await page.getByRole('status').count()).toBe(1);
    await give('receipt', 'order-3.receipt');
    await page.waitForSelector('h2');
    expect([await page.locator('h1').count(), await page.locator('h3, h4').count()]).toEqual([1, 0]);
    expect(await page.locator('th:not([scope])').count()).toBe(0);
  });

  test.each(['light', 'dark'] as const)('has enough contrast in %s: text at least 4.5 to 1', async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    await give('registry', 'signers.json');
    await give('receipt', 'changed.receipt');
    await verdict('refused');
    expect(await page.evaluate(CONTRASTS)).toEqual([]);
  });

  test('fits a narrow window without scrolling sideways', async () => {
    await page.setViewportSize({ width: 320, height: 640 });
    await give('registry', 'signers.json');
    await give('receipt', 'changed.receipt');
    await verdict('refused');
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320);
  });
});

/** Finds text of less than 4.5 : 1 against what lies behind it (WCAG 2.2, 1.4.3). */
const CONTRASTS = `(() => {
  const channels = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = channels(getComputedStyle(at).backgroundColor);
      if (color[3] !== 0) return color;
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll('main *')]
    .filter((element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== ''))
    .filter((element) => {
      const [a, b] = [light(channels(getComputedStyle(element).color)), light(behind(element))].sort((x, y) => y - x);
      return (a + 0.05) / (b + 0.05) < 4.5;
    })
    .map((element) => element.outerHTML.slice(0, 80));
})()`;

/** Tries to fetch and to load a picture; resolves to the directives that forbade it. */
const FORBIDDEN = `new Promise((resolve) => {
  const seen = [];
  document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => {
    if (seen.push(effectiveDirective) === 2) resolve(seen.sort());
  });
  fetch('https://example.com/').catch(() => undefined);
  new Image().src = 'https://example.com/a.png';
})`;

/** Drops a receipt and a registry on the page, the registry first. */
const DROP = `([receipt, registry]) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([Uint8Array.from(registry)], 'signers.json'));
  dataTransfer.items.add(new File([Uint8Array.from(receipt)], 'order-3.receipt'));
  document.body.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer }));
}`;
