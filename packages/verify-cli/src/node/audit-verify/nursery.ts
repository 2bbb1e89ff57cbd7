import { setFlagsFromString } from 'node:v8';

/** V8 complains on stderr about a setting that it no longer has: releases behind this one have to be tried first. */
const NEWEST_TRIED = 24;

/**
 * Keeps the young generation of this process's heap as small as it begins, or lets it grow again. What has grown stays, so it is called
 * before anything else is loaded; and V8 lets it grow again whenever a thread starts, so it is called again as work goes on.
 *
 * zlib inflates each member of an archive into a buffer of its own, a megabyte that lives until the young generation is collected. Where that
 * grows to the 16 MB that Node allows, so many of them wait that a long run takes a fifth more memory, and no less time (measured:
 * bench/verify.mjs). Where records are parsed, a small one is collected too often.
 *
 * @example keepNurserySmall(true);
 */
export function keepNurserySmall(small: boolean): void {
  if (Number.parseInt(process.versions.node, 10) <= NEWEST_TRIED) setFlagsFromString(`--semi-space-growth-factor=${small ? 1 : 2}`);
}
