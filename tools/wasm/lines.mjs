import { assemble } from './assemble.mjs';
import { feeds } from './lines/feeds.mjs';
import { LAYOUT, PAGES } from './lines/layout.mjs';
import { links } from './lines/links.mjs';
import { shapes } from './lines/shapes.mjs';

/**
 * The module that reads record lines sixteen bytes at a time: where they end, whether their links follow each other, whether their events have a
 * shape that is known. Where things lie in its memory, tools/wasm/lines/layout.mjs says.
 */
export function linesModule() {
  return assemble({ functions: { feeds, links, shapes }, pages: PAGES });
}

export { LAYOUT };
