import type { FlagRow } from './command.ts';

/** Whose word about checkpoints counts beside the log's own. */
export const OUTSIDE: readonly FlagRow[] = [
  {
    flags: '--policy <FILE>',
    help: 'the witnesses to trust and their quorum (C2SP tlog-policy)',
    detail:
      'When the quorum has cosigned the newest checkpoint the time is *attested*; when that was within `--max-age`, completeness is *fresh*. A key that was compromised later is trusted for what was cosigned before. See [operations/witness.md](operations/witness.md).',
  },
  {
    flags: '--tsa-roots <FILE>',
    help: 'the certificates of time-stamping authorities to trust, PEM',
    detail: 'Time stamps (RFC 3161) of the newest checkpoint make the time *attested*. Needs the packages `pkijs` and `asn1js`.',
  },
];
