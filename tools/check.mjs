// The rules that no compiler and no linter knows. `node tools/check.mjs [ROOT]` prints each violation as path:line; exit 1 on any.
import { runChecks } from './check/run.mjs';

const { files, violations } = await runChecks(process.argv[2] ?? new URL('..', import.meta.url).pathname);
let rule;
for (const violation of violations) {
  if (violation.rule !== rule) console.log(`${violation.rule}: ${violation.title}`);
  rule = violation.rule;
  console.log(`  ${violation.text}`);
}
console.log(violations.length === 0 ? `checked ${files} files: nothing found` : `${violations.length} violations`);
process.exitCode = violations.length === 0 ? 0 : 1;
