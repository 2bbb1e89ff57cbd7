import { isSource } from './tree.mjs';

export const title = 'every public name says what it is';

const DECLARATION = /^export (?:abstract |async )?(?:class|const|enum|function\*?|interface|type) (\w+)/gm;
const LIBRARIES = new Set(['proof-core', 'audit-chain', 'signer-registry']);
const SEAM = 'src/engine/engine.ts';

/**
 * In the libraries an exported declaration stands right under its doc comment. Re-exports are documented where they are declared, and
 * what both engines implement is documented at the seam.
 */
export function check(tree) {
  const seam = new Set(
    tree.files.filter(({ place }) => place === SEAM).flatMap(({ text }) => [...text.matchAll(/^ {2}(\w+)\(/gm)].map(([, name]) => name)),
  );
  return tree.files
    .filter((file) => isSource(file) && LIBRARIES.has(file.pkg) && !file.place.startsWith('src/internal/'))
    .flatMap((file) => {
      const ends = new Set(
        file.scanned.comments.filter(({ value }) => value.startsWith('/**')).map(({ at, value }) => at + value.length + 1),
      );
      const seen = new Set(/^src\/(engine|node)\//.test(file.place) ? seam : []);
      return [...file.scanned.code.matchAll(DECLARATION)].flatMap(({ 1: name, index }) => {
        if (seen.has(name)) return []; // further overloads
        seen.add(name);
        return ends.has(index) ? [] : [{ path: file.path, line: file.line(index), message: `${name} has no doc comment` }];
      });
    });
}
