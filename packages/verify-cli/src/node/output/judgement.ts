import type { Judgement } from '@countersign/audit-chain/verify/judgement';
import { findingLines } from './findings.ts';
import { VERDICT_LABELS, rows } from './report.ts';
import { type Style, plain, wrap } from './style.ts';

/**
 * Writes a judgement for people: what was read, the findings, and the verdict as the last line.
 *
 * @param width columns of the terminal, 80 or more
 * @returns text that ends in a line feed
 */
export function formatJudgement(judgement: Judgement, style: Style, width: number): string {
  const facts = rows(
    Object.entries(judgement.facts).map(([name, value]) => [name, plain(typeof value === 'object' ? value.join(', ') : String(value))]),
  );
  const [label, tone] = VERDICT_LABELS[judgement.verdict];
  const verdict = wrap(plain(judgement.summary), 0, width);
  return `${[...facts, ...findingLines(judgement, style, width), '', style('strong', style(tone, label)), ...verdict].join('\n')}\n`;
}
