import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const PATHS = [process.env['CHROMIUM'] ?? '', '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = PATHS.find((path) => path !== '' && existsSync(path));

/** Why browser tests cannot run here, or undefined where they can. */
export const NO_BROWSER: string | undefined =
  executablePath === undefined ? 'no Chromium here: install the package chromium or set CHROMIUM to a browser' : undefined;

if (NO_BROWSER !== undefined) console.warn(`skipped: ${NO_BROWSER}`);

/** Starts the Chromium that is installed. As root it has no sandbox to drop into. */
export async function launch(): Promise<Browser> {
  return chromium.launch({ timeout: 0, executablePath: executablePath!, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
}
