import type { ProofError } from '@countersign/proof-core';
import type { ReceiptReport } from '@countersign/proof-core/receipt/verify';
import type { Answer, RegistryAnswer } from './judge.ts';
import { CHECKS, signatureWords, verdictWords } from './words.ts';

type Child = Node | string;

/** An element with text and children only: nothing from a file ever becomes markup. */
function element(name: string, attributes: Readonly<Record<string, string>> = {}, ...children: readonly Child[]): HTMLElement {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new TypeError(`the page has no #${id}`);
  return found;
}

const MARKS = { passed: ['✓', 'Passed'], failed: ['✗', 'Failed'], skipped: ['–', 'Not asked'] } as const;

function mark(status: keyof typeof MARKS): HTMLElement {
  const [sign, word] = MARKS[status];
  return element('span', { class: `mark ${status}` }, element('span', { 'aria-hidden': 'true' }, sign), ` ${word}`);
}

function section(title: string, ...children: readonly Child[]): HTMLElement {
  return element('section', {}, element('h2', {}, title), ...children);
}

function facts(rows: readonly (readonly [string, Child])[]): HTMLElement {
  return element('dl', {}, ...rows.map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value))));
}

function code(text: string): HTMLElement {
  return element('code', {}, text);
}

/** The error of a failed check: its code, and what was expected and came, side by side. */
function why({ code: name, field, expected, actual }: ProofError): HTMLElement {
  const rows = [
    ['Code', name],
    ['Field', field],
    ['Expected', expected],
    ['Got', actual],
  ] as const;
  const given = rows.filter(([, value]) => value !== undefined && value !== '');
  const list = facts(given.map(([title, value]) => [title, code(String(value))]));
  list.className = 'why';
  return list;
}

function checksSection({ checks }: ReceiptReport): HTMLElement {
  const rows = checks.map(({ name, status, error }) =>
    element(
      'li',
      { 'data-check': name, 'data-status': status },
      mark(status),
      element('div', {}, CHECKS[name], ...(error === undefined ? [] : [why(error)])),
    ),
  );
  return section('Checks', element('ol', { class: 'checks' }, ...rows));
}

function signaturesSection({ signatures, signers }: ReceiptReport): Child[] {
  if (signatures.length === 0) return [];
  const rows = signatures.map((signature) =>
    element(
      'tr',
      {},
      element('td', {}, code(signature.kid ?? '—')),
      element('td', {}, code(signature.name)),
      element('td', {}, signatureWords(signature)),
    ),
  );
  const head = element('tr', {}, ...['Key', 'Name on the line', 'Result'].map((title) => element('th', { scope: 'col' }, title)));
  const table = element('table', {}, element('thead', {}, head), element('tbody', {}, ...rows));
  const isAsserted = signers.length > 0 && signers.every(({ time }) => time === 'asserted');
  const note = "When it was signed rests on the log's own word: nothing else in a receipt bounds it.";
  return [
    section(
      'Signatures on the checkpoint',
      element('div', { class: 'scroll' }, table),
      ...(isAsserted ? [element('p', { class: 'note' }, note)] : []),
    ),
  ];
}

function recordSection({ verified, event, link, leafHash }: ReceiptReport): Child[] {
  if (event === undefined || link === undefined) return [];
  const rows: (readonly [string, Child])[] = [
    ['Type', event.type],
    ['Actor', event.actor],
    ...(event.subject === undefined ? [] : [['Subject', event.subject] as const]),
    ['Id', code(event.id)],
    ['Chain', link.chain],
    ['Place', String(link.seq)],
    ['Entered the chain', link.time],
    ...(leafHash === undefined ? [] : [['Hash', code(leafHash)] as const]),
    ['Payload', element('pre', { tabindex: '0' }, JSON.stringify(event.payload, null, 2))],
  ];
  return [section(verified ? 'Record' : 'What the file says, not verified', facts(rows))];
}

function registrySection(answer: RegistryAnswer, now: number): HTMLElement {
  if ('reason' in answer)
    return section('Registry', element('p', { class: 'why' }, mark('failed'), ' ', code(answer.reason.code), ` ${answer.reason.message}`));
  const { registry } = answer;
  const stale = registry.isExpired(now) ? ' (past: look for a newer version)' : '';
  return section(
    'Registry',
    element(
      'p',
      {},
      'It is signed by its own roots, which anybody can arrange. Compare its digest with the one you were given by somebody you trust.',
    ),
    facts([
      ['Digest', code(registry.digest)],
      ['Version', String(registry.version)],
      ['Issued', registry.issuedAt],
      ['Expires', `${registry.expires}${stale}`],
      ['Roots', `${registry.roots.join(', ')} (${registry.threshold} must sign)`],
    ]),
  );
}

/** Shows an answer, in place of the one before. */
export function render(answer: Answer, now: number): void {
  const [word, sentence] = verdictWords(answer);
  const banner = byId('verdict');
  banner.dataset['verdict'] = answer.verdict;
  banner.replaceChildren(element('strong', {}, word), element('p', {}, sentence));
  const { report, registry } = answer;
  byId('details').replaceChildren(
    ...(report === undefined ? [] : [checksSection(report), ...signaturesSection(report), ...recordSection(report)]),
    ...(registry === undefined ? [] : [registrySection(registry, now)]),
  );
}

/** Shows which file was taken for what. */
export function renderFile(kind: 'receipt' | 'registry', name: string, bytes: number): void {
  byId(`${kind}-name`).textContent = `${name}, ${bytes.toLocaleString('en')} bytes`;
  byId(`${kind}-zone`).dataset['filled'] = 'true';
}
