import { assemble } from './assemble.mjs';
import { events } from './lines/events.mjs';
import { feeds } from './lines/feeds.mjs';
import { LAYOUT, PAGES } from './lines/layout.mjs';
import { links } from './lines/links.mjs';
import { value } from './lines/value.mjs';

/**
 * The module that reads record lines sixteen bytes at a time: where they end, whether their links follow each other, whether their events have
 * the form of records. Where things lie in its memory, tools/wasm/lines/layout.mjs says.
 */
export function linesModule() {
  // `events` calls the first one.
  return assemble({ functions: { value, events, feeds, links }, pages: PAGES });
}

export { LAYOUT };
