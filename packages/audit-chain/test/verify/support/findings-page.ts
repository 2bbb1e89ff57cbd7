import { FINDINGS, type FindingCode } from '../../../src/verify/codes.ts';

/**
 * Writes `docs/findings.md` from the table of codes.
 *
 * @returns Markdown
 */
export function findingsPage(): string {
  const codes = (Object.keys(FINDINGS) as FindingCode[]).sort();
  const sections = codes.map((code) => {
    const { class: what, axis, exit, meaning, action } = FINDINGS[code];
    return `## ${code}\n\n| class | axis | exit |\n|---|---|---|\n| ${what} | ${axis} | ${exit} |\n\n${meaning} ${action}\n`;
  });
  return `${HEAD}\n${sections.join('\n')}`;
}

const HEAD = `# Findings

Every code that a report of \`audit-verify\` can hold: what was seen and what to do. A finding names its place as far as it is known: the
segment by the number of its first record, the record by its number (\`seq\`), the field; and what was expected there and what came. It never
shows a payload.

The exit code of a run is the first that applies of 10 (integrity violated), 11 (signer not trusted), 13 (write-once policy not met), 14
(source unreadable), 12 (inconclusive); findings with exit 0 only inform. Codes are stable: they are added, never renamed or given another
meaning. How the engine tells one from another: [spec/report.md](spec/report.md).
`;
