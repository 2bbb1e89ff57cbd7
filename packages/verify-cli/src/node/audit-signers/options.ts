import type { Command } from 'commander';

/** Gathers an option that may be repeated. */
export const collect = (value: string, before: readonly string[]): string[] => [...before, value];

/** Options of every command that makes a version. */
export function versionOptions(command: Command): Command {
  return command
    .option('--registry <FILE>', 'the registry; AUDIT_SIGNERS or signers.json when absent')
    .option('--out <FILE>', 'where the version waits for signatures; signers.next.json beside the registry when absent')
    .option('--key <FILE>', 'a root’s private key file: sign, and publish once enough have; may be repeated', collect, [])
    .option('--registry-expires <TIME>', 'a new end of the registry itself')
    .option('--dry-run', 'show what would change; write nothing')
    .option('--json', 'print one JSON document');
}

/** Options that name a public key. */
export function keyOptions(command: Command): Command {
  return command
    .option('--public-key <FILE>', 'the public key: PEM, JWK or DER')
    .option('--from-kms <KEY>', 'a key in AWS KMS: ARN, id or alias; its ARN is recorded')
    .option('--from-proxy <KID>', 'a key at a signing proxy')
    .option('--new-key <FILE>', 'make an Ed25519 key and write it to this new file')
    .option('--proxy <URL>', 'the signing proxy; SIGNING_PROXY_URL when absent')
    .option('--algorithm <ALG>', 'for an RSA key: RS256 or PS256')
    .option('--backend <BACKEND>', 'where the private key of --public-key is; offline when absent');
}

/** Options that say what a key is for. */
export function entryOptions(command: Command): Command {
  return command
    .option('--purpose <PURPOSE>', 'what it signs, e.g. checkpoint; one key, one purpose', collect, [])
    .option('--chain <PATTERN>', 'chain id, prefix/* or *; may be repeated', collect, [])
    .option('--operator <NAME>', 'who holds the key')
    .option('--description <TEXT>', 'for people');
}
