import type { Command } from 'commander';
import { strictCommand } from '../../command/run.ts';

const collect = (value: string, before: readonly string[]): string[] => [...before, value];

/** Adds `witness`: what an auditor runs to have a word in whether a log shows everybody the same history. */
export function addWitness(program: Command): void {
  const witness = strictCommand('witness', 'be a witness of logs: cosign their checkpoints, and refuse a second history').addHelpText(
    'after',
    '\nSee docs/operations/witness.md.',
  );
  const key = strictCommand('key', 'make the key of a witness and print its public part')
    .argument('<FILE>', 'a new file')
    .requiredOption('--name <NAME>', 'the name of the witness, e.g. witness.example.org/w1')
    .action(async (file: string, flags: { name: string }) => {
      const { makeWitnessKey } = await import('./key.ts');
      await makeWitnessKey(file, flags.name);
    });
  const serve = strictCommand('serve', 'answer logs that ask for cosignatures, until interrupted')
    .requiredOption('--key <FILE>', 'the key, as `audit-verify witness key` made it')
    .requiredOption('--log <VKEY|FILE>', 'a log to be a witness of: its vkey, or a policy with its log lines; may be repeated', collect, [])
    .requiredOption('--state <DIR>', 'where it remembers what it has cosigned')
    .option('--listen <HOST:PORT>', 'where it answers; port 0 takes a free one', '127.0.0.1:7380')
    .option('--tls-cert <FILE>', 'its certificate, PEM; needed to listen to other machines')
    .option('--tls-key <FILE>', 'the key of its certificate, PEM')
    .action(async (flags: Record<string, unknown>) => {
      const { serveWitness } = await import('./serve.ts');
      await serveWitness(flags as never);
    });
  witness.addCommand(key);
  witness.addCommand(serve);
  program.addCommand(witness);
}
