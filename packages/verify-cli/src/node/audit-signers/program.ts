import type { Command } from 'commander';
import { EXIT } from '../command/exit.ts';
import { run, strictCommand } from '../command/run.ts';
import { VERSION } from '../version.ts';
import { collect, entryOptions, keyOptions, versionOptions } from './options.ts';

type Add = (name: string, description: string) => Command;

const REGISTRY = 'the registry; AUDIT_SIGNERS or signers.json when absent';
const LOG_TOO = 'a log that records what happened; may be repeated';
const ACTOR = 'who does it, in the log: a pseudonymous id, for it can never be erased';

// Each command loads its own code: looking at a registry costs neither database nor network.
function addMaking(add: Add): void {
  versionOptions(add('init', 'make version 1 of a registry'))
    .option('--new-root <KID=FILE>', 'make a root key, in a new file; may be repeated', collect, [])
    .option('--root <KID=FILE>', 'a root by its public key: PEM, JWK or DER; may be repeated', collect, [])
    .option('--operator <KID=NAME>', 'who holds a root; its kid when absent', collect, [])
    .option('--threshold <N>', 'how many roots must sign each version; all when absent')
    .option('--expires <TIME>', 'when it must have been renewed; 400 days from now when absent')
    .action(async (flags) => {
      const { init } = await import('./init/init.ts');
      await init(flags as never);
    });
  entryOptions(keyOptions(versionOptions(add('add', 'add a signer, pending until it is activated'))))
    .argument('<KID>', 'its name')
    .option('--valid-from <TIME>', 'now when absent')
    .option('--valid-until <TIME>', 'its end')
    .option('--active', 'it may sign at once: no rehearsal')
    .option('--root', 'make it a root')
    .option('--threshold <N>', 'a new threshold of roots')
    .action(async (kid: string, flags) => {
      const { add: addKey } = await import('./add/add.ts');
      await addKey(kid, flags as never);
    });
  versionOptions(add('activate', 'let a pending signer sign'))
    .argument('<KID>', 'the signer')
    .action(async (kid: string, flags) => {
      const { activate } = await import('./activate/activate.ts');
      await activate(kid, flags as never);
    });
  versionOptions(add('retire', 'end a signer; what it has signed stays verifiable'))
    .argument('<KID>', 'the signer')
    .action(async (kid: string, flags) => {
      const { retire } = await import('./retire/retire.ts');
      await retire(kid, flags as never);
    });
  versionOptions(add('revoke', 'stop trusting a signer'))
    .argument('<KID>', 'the signer')
    .requiredOption('--reason <TEXT>', 'why: 1 to 200 bytes')
    .option('--compromised-since <TIME>', 'the earliest moment at which somebody else may have had the key')
    .action(async (kid: string, flags) => {
      const { revoke } = await import('./revoke/revoke.ts');
      await revoke(kid, flags as never);
    });
}

function addSteps(add: Add): void {
  keyOptions(versionOptions(add('rotate', 'replace a signer: publish the new key, rehearse it, record the change')))
    .argument('<KID>', 'the signer to be replaced')
    .requiredOption('--to <KID>', 'the one that follows it')
    .option('--operator <NAME>', 'who holds the new key; the old one’s when absent')
    .option('--description <TEXT>', 'for people')
    .option('--valid-from <TIME>', 'now when absent')
    .option('--rehearse', 'have the new key sign probes; writes nothing')
    .option('--signer <URI>', 'with --rehearse: where the new key is')
    .option('--log <LOG>', 'while both keys sign: record signer.rotated in this log, signed by both; may be repeated', collect, [])
    .option('--actor <ACTOR>', ACTOR)
    .action(async (kid: string, flags) => {
      const { rotate } = await import('./rotate/rotate.ts');
      await rotate(kid, flags as never);
    });
  entryOptions(keyOptions(versionOptions(add('emergency', 'bring in a signer at once, for at most 14 days, where approvers agree'))))
    .argument('[KID]', 'the emergency signer')
    .option('--expires <TIME>', 'its end')
    .option('--justification <TEXT>', 'why')
    .option('--request <FILE>', 'the request: written first, read with --approval')
    .option('--approve <FILE>', 'approve this request with --key, into --out')
    .option('--kid <KID>', 'whose --key it is, where the file does not say')
    .option('--approval <FILE>', 'a signed approval; may be repeated', collect, [])
    .option('--yes', 'do not ask')
    .action(async (kid: string | undefined, flags) => {
      const { emergency } = await import('./emergency/emergency.ts');
      await emergency(kid, flags as never);
    });
  add('sign', 'sign a version as a root, offline; put it in place once enough have signed')
    .argument('<FILE>', 'the version: signers.next.json')
    .option('--key <FILE>', 'a root’s private key file; may be repeated', collect, [])
    .option('--signer <URI>', 'a root elsewhere, e.g. pkcs11:LABEL; may be repeated', collect, [])
    .option('--into <FILE>', 'the registry that it becomes the next version of')
    .option('--out <FILE>', 'where to write it while signatures are missing; FILE itself when absent')
    .option('--log <LOG>', LOG_TOO, collect, [])
    .option('--actor <ACTOR>', ACTOR)
    .option('--yes', 'do not ask')
    .option('--dry-run', 'sign and judge; write nothing')
    .option('--json', 'print one JSON document')
    .action(async (file: string, flags) => {
      const { sign } = await import('./sign/sign.ts');
      await sign(file, flags as never);
    });
  versionOptions(add('import', 'take over signers as they were written down before, in a next version'))
    .argument('<FILE>', 'the old list, in any of its shapes')
    .option('--purpose <KID=PURPOSE>', 'what a key is for; others are left out; may be repeated', collect, [])
    .option('--chain <PATTERN>', 'chain id, prefix/* or *; may be repeated', collect, [])
    .option('--operator <NAME>', 'who holds the keys')
    .option('--backend <BACKEND>', 'where the private keys are; offline when absent')
    .requiredOption('--valid-from <TIME>', 'for signers that do not say since when')
    .action(async (file: string, flags) => {
      const { importLegacy } = await import('./import/import.ts');
      await importLegacy(file, flags as never);
    });
}

function addLooking(add: Add, outcome: { exitCode: number }): void {
  add('show', 'show a registry, one signer, or what changed')
    .argument('[KID]', 'one signer')
    .option('--registry <FILE>', REGISTRY)
    .option('--against <FILE>', 'an older version: show the differences')
    .option('--json', 'print one JSON document')
    .action(async (kid: string | undefined, flags) => {
      const { show } = await import('./show/show.ts');
      await show(kid, flags as never);
    });
  add('export', 'write public keys for other programs; only the registry says who may sign what')
    .argument('[KID]', 'one signer')
    .requiredOption('--format <FORMAT>', 'jwks, pem, vkey, json or allowed-signers')
    .option('--registry <FILE>', REGISTRY)
    .option('--purpose <PURPOSE>', 'only keys for this')
    .option('--chain <ID>', 'for vkey: the name of the keys')
    .option('--revoked', 'for jwks: revoked keys too, marked')
    .option('--out <FILE>', 'instead of standard output')
    .option('--dry-run', 'write nothing')
    .action(async (kid: string | undefined, flags) => {
      const { exportSigners } = await import('./export/export.ts');
      await exportSigners(kid, flags as never);
    });
  add('doctor', 'look for what should be done: ages, ends, weak keys, backends that fail or have another key')
    .option('--registry <FILE>', REGISTRY)
    .option('--offline', 'ask no backend')
    .option('--log <LOG>', 'a log that tells which keys have not signed for 90 days; may be repeated', collect, [])
    .option('--production', 'development keys are errors')
    .option('--strict', 'warnings count like errors')
    .option('--json', 'print one JSON document')
    .action(async (flags) => {
      const { doctor } = await import('./doctor/doctor.ts');
      outcome.exitCode = await doctor(flags as never);
    });
  add('record', 'append to a log what the versions of its registry did to signers, where it is missing')
    .argument('<LOG>', 'the log')
    .option('--registry <FILE>', REGISTRY)
    .option('--actor <ACTOR>', ACTOR)
    .option('--dry-run', 'append nothing')
    .option('--json', 'print one JSON document')
    .action(async (log: string, flags: { registry?: string; actor?: string; dryRun?: boolean; json?: boolean }) => {
      const [{ record }, { registryPath }] = await Promise.all([import('./record/record.ts'), import('./registry/flags.ts')]);
      await record(log, { ...flags, registry: registryPath(flags) });
    });
  add('proxy', 'run a signing proxy (docs/spec/signing-proxy.md)')
    .argument('<CONFIG>', 'its configuration, JSON')
    .option('--dry-run', 'check configuration, keys and certificates; listen to nobody')
    .action(async (config: string, flags: { dryRun?: boolean }) => {
      const { runProxy } = await import('./proxy/proxy.ts');
      await runProxy(config, flags);
    });
}

const EXAMPLES = `
Examples:
  audit-signers init --new-root root-1=root-1.key
  audit-signers add log-1 --new-key log-1.key --purpose checkpoint --chain log.example.com/audit --active --key root-1.key
  audit-signers rotate log-1 --to log-2 --from-kms arn:aws:kms:… --out signers.next.json
  audit-signers sign signers.next.json --key root-1.key --into signers.json
  audit-signers doctor

Exit codes: 0 done, 2 usage or refused, 10 registries that contradict each other, 11 a key or approval that may not do this or a signer
            that is not fit, 14 a backend that does not answer.`;

/**
 * Runs `audit-signers`.
 *
 * @param argv arguments without node and script
 * @returns the exit code
 */
export async function auditSigners(argv: readonly string[]): Promise<number> {
  const outcome: { exitCode: number } = { exitCode: EXIT.verified };
  const program = strictCommand('audit-signers', 'Say who may sign what, and when.')
    .version(VERSION, '--version', 'print the version')
    .addHelpText('after', EXAMPLES);
  const add: Add = (name, description) => {
    const command = strictCommand(name, description);
    program.addCommand(command);
    return command;
  };
  addMaking(add);
  addSteps(add);
  addLooking(add, outcome);
  return await run(program, argv, outcome);
}
