export const title = 'files stay small';

const LIMIT = 300;

/** No code file is longer than 300 lines: a longer one does two jobs. */
export function check(tree) {
  return tree.files
    .filter(({ isCode }) => isCode)
    .map(({ path, text }) => ({ path, lines: text.split('\n').length - (text.endsWith('\n') ? 1 : 0) }))
    .filter(({ lines }) => lines > LIMIT)
    .map(({ path, lines }) => ({ path, line: LIMIT + 1, message: `${lines} lines, at most ${LIMIT}` }));
}
