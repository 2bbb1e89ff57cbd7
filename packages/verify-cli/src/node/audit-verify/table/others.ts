import type { CheckpointFlags } from '../checkpoint.ts';
import type { DocumentFlags } from '../document.ts';
import type { RegistryFlags } from '../registry.ts';
import type { CommandRow, FlagRow } from './command.ts';
import { CHAIN, JSON_FLAG, PIN, SIGNERS } from './shared.ts';

const RECEIPT_POLICY: FlagRow = {
  flags: '--policy <FILE>',
  help: 'the witnesses to trust and their quorum (C2SP tlog-policy)',
  detail:
    'When the quorum has cosigned the checkpoint in the receipt (`audit-chain receipt --cosigned`) the time is *attested*, and a key that was compromised later is trusted.',
};

const RECEIPT_REQUIRE: FlagRow = {
  flags: '--require <LIST>',
  help: 'what the verdict insists on: time',
  detail: '`time`: the quorum of `--policy` has cosigned it. What a receipt does not show is 12.',
};

/** `audit-verify receipt FILE`. */
export const RECEIPT: CommandRow<{ signers?: string; pin?: string; chain?: string; policy?: string; require?: string; json?: boolean }> = {
  name: 'receipt',
  args: [['<FILE>', 'the receipt']],
  summary: 'check one receipt: that its record is in the signed log',
  detail: 'Everything needed is in the file: the record, its inclusion proof and the signed checkpoint (docs/spec/receipt.md).',
  flags: [SIGNERS, PIN, { ...CHAIN, help: 'the chain that the record must be of' }, RECEIPT_POLICY, RECEIPT_REQUIRE, JSON_FLAG],
  examples: [{ command: 'audit-verify receipt order.receipt -s signers.json' }],
  run: async ([file], flags) => await (await import('../receipt.ts')).verifyReceiptFile(file!, flags),
};

/** `audit-verify document FILE`. */
export const DOCUMENT: CommandRow<DocumentFlags> = {
  name: 'document',
  args: [['<FILE>', 'the signed document']],
  summary: 'check a signed document: license, delivery, ledger, segment manifest, …',
  detail: `Judges every signature by the pinned registry, at the time of the document's own \`issued_at\` or \`exported.at\` where it has one, and prints what was signed
(docs/spec/signed-document.md). Without \`--type\` the type is the one that the document names; a script should name the type it expects.`,
  flags: [
    SIGNERS,
    PIN,
    { flags: '--type <KIND>', help: 'the kind it must be: license, delivery, ledger, sku-manifest, approval, …' },
    { ...CHAIN, help: 'the chain that it must belong to' },
    {
      flags: '--artifact <FILE>',
      help: 'the file whose SHA-256 the document names as artifact_sha256',
      detail: 'A document that names no artifact, or another one, is refused (10).',
    },
    { flags: '--threshold <N>', help: 'how many different keys must have signed', default: '1' },
    JSON_FLAG,
  ],
  examples: [{ command: 'audit-verify document order.license -s signers.json --type license' }],
  run: async ([file], flags) => await (await import('../document.ts')).verifyDocumentFile(file!, flags),
};

/** `audit-verify checkpoint OLD NEW`. */
export const CHECKPOINT: CommandRow<CheckpointFlags> = {
  name: 'checkpoint',
  args: [
    ['<OLD>', 'a checkpoint (a signed note)'],
    ['<NEW>', 'another one of the same log'],
  ],
  summary: 'check that one checkpoint continues another; keeps the evidence of a fork',
  detail: `Two checkpoints of one size must have one root: two that do not prove, to anyone, that the log showed two histories, and \`--evidence\` keeps them as one file
(docs/spec/evidence.md). Two of different sizes need the tree between them: from the records (\`--source\`) or as a consistency proof (\`--proof\`).`,
  flags: [
    SIGNERS,
    PIN,
    { flags: '--proof <FILE>', help: 'the consistency proof: base64 hashes, one a line (RFC 6962 §2.1.2 order)' },
    { flags: '--source <SOURCE>', help: 'records to compute both roots from: an archive, a log directory, a file' },
    { flags: '--evidence <FILE>', help: 'where to keep the evidence of a fork; never overwrites' },
    JSON_FLAG,
  ],
  examples: [
    { command: 'audit-verify checkpoint monday.checkpoint tuesday.checkpoint -s signers.json --source archive/' },
    { command: 'audit-verify checkpoint ours.checkpoint theirs.checkpoint -s signers.json --evidence fork.json', exitCode: 10 },
  ],
  run: async ([older, newer], flags) => await (await import('../checkpoint.ts')).verifyCheckpoints(older!, newer!, flags),
};

/** `audit-verify evidence FILE`. */
export const EVIDENCE: CommandRow<{ signers?: string; pin?: string; json?: boolean }> = {
  name: 'evidence',
  args: [['<FILE>', 'the evidence of a fork']],
  summary: 'check evidence that a log showed two histories',
  detail:
    'Exit 0 means that the evidence holds: trusted keys of the log signed two things that cannot both be true (docs/spec/evidence.md).',
  flags: [SIGNERS, PIN, JSON_FLAG],
  examples: [{ command: 'audit-verify evidence fork.json -s signers.json' }],
  run: async ([file], flags) => await (await import('../evidence.ts')).verifyEvidenceFile(file!, flags),
};

/** `audit-verify registry FILE`. */
export const REGISTRY: CommandRow<RegistryFlags> = {
  name: 'registry',
  args: [['<FILE>', 'the signer registry']],
  summary: 'check a signer registry and show what it trusts',
  detail: `A registry is signed by its own roots: that alone proves nothing (12). With \`--pin\`, or with an older version that you trust (\`--previous\`), every step from
there to here must be signed by a threshold of the roots on both sides; the versions between are read from \`signers.history/\` beside the file.`,
  flags: [
    { ...PIN, help: 'sha256:… of a version that you trust' },
    { flags: '--previous <FILE>', help: 'an older version that you trust' },
    JSON_FLAG,
  ],
  examples: [{ command: 'audit-verify registry signers.json --previous signers-2025.json' }],
  run: async ([file], flags) => await (await import('../registry.ts')).verifyRegistryFile(file!, flags),
};

/** `audit-verify explain CODE`. */
export const EXPLAIN: CommandRow<{ json?: boolean }> = {
  name: 'explain',
  args: [['[CODE]', 'a finding such as RECORD_MODIFIED, or an error such as ERR_CLOCK; all findings when absent']],
  summary: 'say what a finding or an error code means and what to do',
  detail: 'The same texts as findings.md and errors.md.',
  flags: [JSON_FLAG],
  examples: [{ command: 'audit-verify explain RECORD_MODIFIED' }],
  run: async ([code], flags) => (await import('../explain.ts')).explain(code, flags.json === true),
};
