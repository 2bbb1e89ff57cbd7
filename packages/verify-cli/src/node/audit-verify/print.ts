import type { Judgement } from '@countersign/audit-chain/verify/judgement';
import type { Report } from '@countersign/audit-chain/verify/report';
import { formatJudgement } from '../output/judgement.ts';
import { formatReport } from '../output/report.ts';
import { outputWidth, styleFor } from '../output/style.ts';

function print(json: boolean, document: object, forPeople: () => string): void {
  process.stdout.write(json ? `${JSON.stringify(document, undefined, 2)}\n` : forPeople());
}

/**
 * Prints a report on standard output: for people, or as one JSON document.
 *
 * @returns its exit code
 */
export function printReport(report: Report, json: boolean): number {
  print(json, report, () => formatReport(report, styleFor(process.stdout, process.env), outputWidth()));
  return report.exitCode;
}

/**
 * Prints a judgement, as `printReport`.
 *
 * @returns its exit code
 */
export function printJudgement(judgement: Judgement, json: boolean): number {
  print(json, judgement, () => formatJudgement(judgement, styleFor(process.stdout, process.env), outputWidth()));
  return judgement.exitCode;
}
