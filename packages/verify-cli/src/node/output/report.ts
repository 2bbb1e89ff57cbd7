import type { Report } from '@countersign/audit-chain/verify/report';
import { findingLines } from './findings.ts';
import { type Style, type Tone, plain, wrap } from './style.ts';

const SOURCES: { readonly [source in Report['source']]: string } = {
  directory: 'archive directory',
  memory: 'memory',
  s3: 'archive in S3',
  log: 'log directory',
  database: 'database',
  jsonl: 'file of records',
  stdin: 'standard input',
  receipt: 'receipt',
  extract: 'extract',
  evidence: 'evidence pack',
};

/** How a verdict is headed. */
export const VERDICT_LABELS: { readonly [verdict in Report['verdict']]: readonly [label: string, tone: Tone] } = {
  verified: ['VERIFIED', 'good'],
  partial: ['PART INTACT', 'good'],
  violated: ['VIOLATED', 'bad'],
  untrusted: ['UNTRUSTED', 'bad'],
  policy: ['POLICY NOT MET', 'bad'],
  unreadable: ['UNREADABLE', 'bad'],
  inconclusive: ['INCONCLUSIVE', 'warn'],
};

/** What the less obvious values of the axes mean: no longer than 80 columns leave room for. */
const NOTES: { readonly [value: string]: string } = {
  'time asserted': "the log's own word",
  'time bounded': 'bounded by somebody else on both sides',
  'time attested': 'by pinned witnesses or time-stamping authorities',
  'time unknown': 'no trusted signature covers it',
  'signerTrust unknown': 'no trusted signature covers what was read',
  'writeOnce not applicable': 'whoever owns this storage can rewrite it',
  'completeness unanchored': 'newer ones may be gone: --previous would tell',
  'completeness fresh': 'no newer one was due, or witnesses saw none',
  'completeness pinned': 'begins with the pinned checkpoint',
  'completeness short': 'known to lack records',
};

const GOOD = new Set(['pass', 'met', 'pinned', 'fresh', 'bounded', 'attested']);
const BAD = new Set(['fail', 'not met', 'short']);

/** Writes facts, one a line; those without a value are left out. */
export function rows(pairs: readonly (readonly [name: string, value: string | undefined])[]): string[] {
  return pairs
    .filter((pair): pair is readonly [string, string] => pair[1] !== undefined)
    .map(([name, value]) => `  ${name.padEnd(13)} ${value}`);
}

function axisRow(name: string, key: string, value: string, style: Style, note: string | undefined = NOTES[`${key} ${value}`]): string {
  const tone = GOOD.has(value) ? 'good' : BAD.has(value) ? 'bad' : undefined;
  const shown = tone === undefined ? value : style(tone, value);
  const pad = ' '.repeat(Math.max(1, 15 - value.length));
  return `  ${name.padEnd(13)} ${shown}${note === undefined ? '' : style('dim', `${pad}${note}`)}`;
}

function size(bytes: number): string {
  if (bytes < 10_000) return `${bytes} bytes`;
  return bytes < 10_000_000 ? `${Math.round(bytes / 1000)} kB` : `${Math.round(bytes / 1_000_000)} MB`;
}

function formNote({ range }: Report): string {
  return range.verified === undefined ? 'no record was read' : 'level integrity leaves it out';
}

function archiveText({ reconciled }: Report): string | undefined {
  if (reconciled === undefined) return undefined;
  const { archive, range, segments } = reconciled;
  const held = range === undefined ? 'no record' : `records ${range.from} to ${range.to} (${range.count})`;
  return `${SOURCES[archive]}${segmentsText(segments)}, ${held}`;
}

function segmentsText(count: number): string {
  return count === 0 ? '' : `, ${count} ${count === 1 ? 'segment' : 'segments'}`;
}

function boundsText({ requested }: Report['range']): string | undefined {
  if (requested.from === undefined && requested.to === undefined) return undefined;
  const exclusive = typeof requested.to === 'string' ? ' (excluded)' : '';
  return `from ${requested.from ?? 'the beginning'} to ${requested.to === undefined ? 'the end' : `${requested.to}${exclusive}`}`;
}

/**
 * Writes a report for people: what was read, the axes, the findings, and the verdict as the last line.
 *
 * @param width columns of the terminal, 80 or more
 * @returns text that ends in a line feed
 */
export function formatReport(report: Report, style: Style, width: number): string {
  const { axes, range, counts, registry, checkpoint, head } = report;
  const { verified } = range;
  const facts = rows([
    ['chain', report.chain],
    ['source', `${SOURCES[report.source]}${segmentsText(counts.segments)}, ${size(counts.bytes)}`],
    ['archive', archiveText(report)],
    ['asked for', boundsText(range)],
    ['read', verified === undefined ? 'no record' : `records ${verified.from} to ${verified.to} (${verified.count})`],
    ['', verified === undefined ? undefined : `${verified.fromTime} to ${verified.toTime}`],
    ['level', report.source === 'receipt' ? undefined : report.level],
    ['registry', registry === undefined ? undefined : `version ${registry.version}, ${registry.digest.slice(0, 16)}…`],
    ['checkpoint', checkpoint === undefined ? undefined : `size ${checkpoint.size}, signed by ${plain(checkpoint.kids.join(', '))}`],
    ['root', checkpoint?.root ?? head?.root],
    ['head', head?.hash],
  ]);
  const table = [
    axisRow('integrity', 'integrity', axes.integrity, style),
    axisRow('form', 'form', axes.form, style, axes.form === 'not checked' ? formNote(report) : undefined),
    axisRow('signer trust', 'signerTrust', axes.signerTrust, style),
    axisRow('time', 'time', axes.time, style),
    // A receipt is one record, in nobody's storage.
    axisRow('write-once', report.source === 'receipt' ? '' : 'writeOnce', axes.writeOnce, style),
    axisRow('completeness', report.source === 'receipt' ? '' : 'completeness', axes.completeness, style),
  ];
  const [label, tone] = VERDICT_LABELS[report.verdict];
  const findings = findingLines(report, style, width);
  const verdict = wrap(plain(report.summary), 0, width);
  return `${[...facts, '', ...table, ...findings, '', style('strong', style(tone, label)), ...verdict].join('\n')}\n`;
}
