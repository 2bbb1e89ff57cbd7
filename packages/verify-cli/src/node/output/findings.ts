import { type FindingCode, compareCodes, findingKind } from '@countersign/audit-chain/verify/codes';
import type { Finding } from '@countersign/audit-chain/verify/finding';
import type { Report } from '@countersign/audit-chain/verify/report';
import { type Style, plain, wrap } from './style.ts';

/** How many findings of one code are shown to people; `--json` has more. */
const SHOWN = 5;

/**
 * Writes the findings of a report for people: grouped by code, those that decide the verdict first, each with its place.
 *
 * @param width columns of the terminal
 * @returns lines
 */
export function findingLines(report: Pick<Report, 'findings' | 'findingCounts'>, style: Style, width: number): string[] {
  const groups = new Map<FindingCode, Finding[]>();
  for (const finding of report.findings) groups.set(finding.code, [...(groups.get(finding.code) ?? []), finding]);
  const codes = [...groups.keys()].sort(compareCodes);
  const lines = codes.flatMap((code) => groupLines(code, groups.get(code)!, report.findingCounts[code] ?? 0, style, width));
  // Many findings call for the same thing: it is said once.
  const actions = new Set(codes.map((code) => findingKind(code).action));
  if (actions.size === 0) return lines;
  return [...lines, '', `  ${style('strong', 'What to do')}`, ...[...actions].flatMap((action) => wrap(action, 4, width))];
}

function groupLines(code: FindingCode, findings: readonly Finding[], total: number, style: Style, width: number): string[] {
  const { class: what, meaning, exit } = findingKind(code);
  const tone = exit === 0 ? 'dim' : exit === 12 ? 'warn' : 'bad';
  const count = total === 1 ? '' : ` · ${total} times`;
  const lines = ['', `  ${style(tone, code)} ${style('dim', `· ${what}${count}`)}`, ...wrap(meaning, 4, width)];
  for (const finding of findings.slice(0, SHOWN)) lines.push(...placeLines(finding, width));
  if (total > SHOWN) lines.push(style('dim', `      … and ${total - Math.min(SHOWN, findings.length)} more; --json lists them`));
  return lines;
}

function placeLines({ segment, seq, field, expected, actual }: Finding, width: number): string[] {
  const place = [
    ...(segment === undefined ? [] : [`segment ${segment}`]),
    ...(seq === undefined ? [] : [`record ${seq}`]),
    ...(field === undefined ? [] : [plain(field)]),
  ].join(', ');
  const lines = place === '' ? [] : [`      ${place}`];
  if (expected !== undefined) lines.push(...valueLines('expected', String(expected), width));
  if (actual !== undefined) lines.push(...valueLines('actual  ', String(actual), width));
  return lines;
}

function valueLines(label: string, value: string, width: number): string[] {
  const [first, ...rest] = wrap(plain(value), 17, Math.max(width, 17 + 64));
  return [`        ${label} ${first!.trimStart()}`, ...rest];
}
