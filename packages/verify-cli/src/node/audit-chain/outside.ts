import type { Command } from 'commander';
import { withSignedLog } from '../log/options.ts';
import { logOf } from './outcome.ts';

const collect = (value: string, before: readonly string[]): string[] => [...before, value];

/** What `--archive s3://…` needs besides, as `seal --to` does. */
const withBucket = (command: Command): Command =>
  command
    .option('--retention-class <NAME>', 'with s3://: the class that the archive is sealed under')
    .option('--retention-classes <FILE>', 'mode and days of every class; AUDIT_RETENTION_CLASSES when absent')
    .option('--recovery <URL>', 'with s3://: the second place that gets the same')
    .option('--endpoint <URL>', 'of a store that is not AWS; AWS_ENDPOINT_URL_S3');

/** The commands that have outsiders vouch for checkpoints. Each loads its own code. */
export function addOutsideCommands(add: (name: string, description: string) => Command): void {
  withBucket(withSignedLog(add('witness', 'have the newest checkpoint cosigned by witnesses, who refuse a second history')))
    .option('--policy <FILE>', 'the witnesses with their keys and URLs, and the quorum (docs/spec/policy.md)')
    .option('-f, --follow', 'go on with each checkpoint, until interrupted')
    .option('--interval <SECONDS>', 'between two looks with --follow', '1')
    .option('--timeout <SECONDS>', 'how long a witness may take to answer', '5')
    .option('--ca <FILE>', 'who may have issued the certificates of witnesses, PEM; the list of this machine when absent')
    .option('--archive <DIR|URL>', 'put what was cosigned beside the manifests of an archive')
    .option('--evidence <FILE>', 'write what a witness objected to into a new file; without --policy what has stopped signing already')
    .option('--resume <REASON>', 'ask nobody: let signing go on that a witness has stopped; takes the retention role')
    .action(async (log: string | undefined, options: Record<string, unknown>) => {
      const { witness } = await import('./witness/witness.ts');
      await witness(logOf(log), options as never);
    });
  withBucket(withSignedLog(add('timestamp', 'have the newest checkpoint stamped by time-stamping authorities (RFC 3161)')))
    .requiredOption('--tsa <URL>', 'an authority; may be repeated', collect, [])
    .requiredOption('--tsa-roots <FILE>', 'the certificates to trust, PEM: stamps that do not verify are not kept')
    .option('--tsa-policy <OID>', 'the policy to ask for')
    .option('--size <N>', 'an older signed checkpoint')
    .option('--timeout <SECONDS>', 'how long an authority may take to answer', '10')
    .option('--archive <DIR|URL>', 'put the stamps beside the manifests of an archive')
    .action(async (log: string | undefined, options: Record<string, unknown>) => {
      const { timestamp } = await import('./timestamp/timestamp.ts');
      await timestamp(logOf(log), options as never);
    });
}
