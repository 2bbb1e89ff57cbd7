import type { Report } from '@countersign/audit-chain/verify/report';
import { formatReport } from '../output/report.ts';
import { styleFor } from '../output/style.ts';

/**
 * Prints a report on standard output: for people, or as one JSON document.
 *
 * @returns its exit code
 */
export function printReport(report: Report, json: boolean): number {
  const width = Math.min(Math.max(process.stdout.columns ?? 100, 80), 120);
  const text = json ? `${JSON.stringify(report, undefined, 2)}\n` : formatReport(report, styleFor(process.stdout, process.env), width);
  process.stdout.write(text);
  return report.exitCode;
}
