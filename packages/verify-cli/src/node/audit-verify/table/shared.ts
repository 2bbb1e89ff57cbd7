import type { FlagRow } from './command.ts';

/** Flags that several commands take. */
export const SIGNERS: FlagRow = {
  flags: '-s, --signers <FILE>',
  help: 'the signers to trust, from a source you trust; AUDIT_SIGNERS when absent',
  detail:
    'A signer registry, a JWK set, or one of the older shapes (detected; docs/spec/signers.md). Get it from a source you trust, not from the place that is verified. Without it the best verdict is *inconclusive* (12).',
};

export const PIN: FlagRow = {
  flags: '--pin <DIGEST>',
  help: 'sha256:… of the registry version to trust; --signers must be it or continue it',
  detail:
    'Makes it safe to take the registry from a place you do not trust: its payload must have this SHA-256, or a version beside it in `signers.history/` must, from which signed steps lead to it.',
};

export const CHAIN: FlagRow = { flags: '--chain <ID>', help: 'the chain; required when the source holds several' };

export const JSON_FLAG: FlagRow = { flags: '--json', help: 'print one JSON document (docs/spec/report.md)' };

export const ENDPOINT: FlagRow = {
  flags: '--endpoint <URL>',
  help: 'of s3:// where it is not AWS; AWS_ENDPOINT_URL_S3 when absent',
  detail:
    'Region and credentials come from where the AWS SDK looks for them: `AWS_REGION`, `AWS_PROFILE`, `AWS_ACCESS_KEY_ID`, the shared files, the instance.',
};

export const ENGINE: FlagRow = {
  flags: '--engine <NAME>',
  help: 'node: the fast one; portable: plain JavaScript, as in a browser',
  choices: ['node', 'portable'],
  default: 'node',
  detail: 'Both must come to the same verdict; the second takes several times as long.',
};
