// node bench/canonical.mjs: canonical JSON against what a service would otherwise use. Needs a build; prints one table.
import { createHash } from 'node:crypto';
import stringify from 'fast-json-stable-stringify';
import { checkCanonical, checkCanonicalForm } from '@countersign/proof-core/json/check';
import { parseJson } from '@countersign/proof-core/json/parse';
import { canonicalize, canonicalizeInto } from '@countersign/proof-core/node/canonicalize';
import { leafHex } from '@countersign/proof-core/node/hash';
import { canonicalize as portable } from '@countersign/proof-core/json/canonicalize';
import { cycle, measure } from './lib/measure.mjs';
import { flatEvent, nestedEvent } from './lib/events.mjs';
import { readOptions } from './lib/options.mjs';

readOptions('canonical.mjs');

const memory = new Uint8Array(1 << 16);
const hash = (text) => createHash('sha256').update(text).digest('hex');

/** RFC 8785 as it is usually written. */
function naive(value) {
  if (Array.isArray(value)) return `[${value.map(naive).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  return `{${Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${naive(value[key])}`)
    .join(',')}}`;
}

function casesFor(events) {
  const records = events.map((event) => Buffer.from(canonicalize(event)));
  const texts = records.map(String);
  return {
    stringify: cycle(events, (event) => JSON.stringify(event)),
    stringifyBytes: cycle(events, (event) => Buffer.from(JSON.stringify(event))),
    stable: cycle(events, (event) => stringify(event)),
    into: cycle(events, (event) => canonicalizeInto(event, memory, 1)),
    copy: cycle(events, (event) => canonicalize(event)),
    portable: cycle(events, (event) => portable(event)),
    intoHash: cycle(events, (event) => leafHex(memory, 1, canonicalizeInto(event, memory, 1))),
    naiveHash: cycle(events, (event) => hash(naive(event))),
    stableHash: cycle(events, (event) => hash(stringify(event))),
    parse: cycle(records, (record) => JSON.parse(record.toString())),
    parseText: cycle(texts, (text) => JSON.parse(text)),
    check: cycle(records, (record) => checkCanonical(record, 0, record.length)),
    form: cycle(records, (record) => checkCanonicalForm(record, 0, record.length)),
    parseJson: cycle(records, (record) => parseJson(record)),
  };
}

/** What is compared with what, and the least ratio aimed at. */
const ROWS = [
  ['canonical bytes, reused buffer / JSON.stringify', 'into', 'stringify', 0.85],
  ['canonical bytes, reused buffer / fast-json-stable-stringify', 'into', 'stable', 2],
  ['canonical bytes, own copy / JSON.stringify', 'copy', 'stringify', 0.85],
  ['canonical bytes, own copy / JSON.stringify to bytes', 'copy', 'stringifyBytes'],
  ['canonical bytes, own copy / fast-json-stable-stringify', 'copy', 'stable', 2],
  ['canonical bytes, portable / fast-json-stable-stringify', 'portable', 'stable'],
  ['bytes and leaf hash / naive RFC 8785 + createHash', 'intoHash', 'naiveHash', 3],
  ['bytes and leaf hash / fast-json-stable-stringify + createHash', 'intoHash', 'stableHash', 3],
  ['form check with UTF-8 / JSON.parse of the bytes', 'check', 'parse', 1],
  ['form check with UTF-8 / JSON.parse of the text', 'check', 'parseText', 1],
  ['form check, UTF-8 known / JSON.parse of the bytes', 'form', 'parse', 1],
  ['parseJson / JSON.parse of the bytes', 'parseJson', 'parse'],
];

const sizes = [flatEvent, nestedEvent].map((make) => {
  const events = Array.from({ length: 256 }, (_, i) => make(i));
  const bytes = events.reduce((sum, event) => sum + canonicalize(event).length, 0) / events.length;
  return { name: `${make === flatEvent ? 'flat' : 'nested'} ${Math.round(bytes)} B`, rates: measure(casesFor(events)) };
});

const column = ({ rates }, ours, theirs) => {
  const ratio = rates[ours].median / rates[theirs].median;
  return `${(1e6 / rates[ours].median).toFixed(2).padStart(8)} ${ratio.toFixed(2).padStart(7)}x`;
};
console.log(
  `${'median of 41 interleaved rounds'.padEnd(64)} ${sizes.map(({ name }) => `${name} µs, ratio`.padStart(24)).join('')}    target`,
);
for (const [title, ours, theirs, target] of ROWS) {
  const aim = target === undefined ? '' : `>= ${target}`;
  console.log(`${title.padEnd(64)} ${sizes.map((size) => column(size, ours, theirs).padStart(24)).join('')}    ${aim}`);
}
