import { existsSync } from 'node:fs';
import { importPublicKey } from '@countersign/proof-core/key/import';
import type { Signer } from '@countersign/proof-core/ports';
import { type NewRoot, initRegistry } from '@countersign/signer-registry/operations/init';
import { CliError } from '../../errors.ts';
import { newKey } from '../key/new.ts';
import { readNamed } from '../../command/named-file.ts';
import { type VersionFlags, readPair, readThreshold, readTime, registryPath } from '../registry/flags.ts';
import { propose } from '../registry/propose.ts';

export interface InitFlags extends VersionFlags {
  readonly root: readonly string[];
  readonly newRoot: readonly string[];
  readonly operator: readonly string[];
  readonly threshold?: string;
  readonly expires?: string;
}

interface Roots {
  readonly roots: readonly NewRoot[];
  readonly signers: readonly Signer[];
  readonly prepare: () => Promise<() => Promise<void>>;
}

async function readRoots({ root, newRoot, operator }: InitFlags): Promise<Roots> {
  const operators = new Map(operator.map((text) => readPair(text, '--operator')));
  const known = await Promise.all(
    root.map(async (text) => {
      const [kid, path] = readPair(text, '--root');
      return { kid, publicKey: importPublicKey(await readNamed(path, '--root')), backend: 'offline', operator: operators.get(kid) ?? kid };
    }),
  );
  const made = newRoot.map((text) => {
    const [kid, path] = readPair(text, '--new-root');
    return { kid, operator: operators.get(kid) ?? kid, ...newKey(kid, path) };
  });
  const roots = [
    ...known,
    ...made.map(({ kid, operator: who, signer }) => ({ kid, operator: who, publicKey: signer.publicKey, backend: 'file' })),
  ];
  const stray = [...operators.keys()].find((kid) => !roots.some((one) => one.kid === kid));
  if (stray !== undefined) throw new CliError('ERR_CLI_OPTION', `--operator: ${stray} is not among the roots`, '--operator');
  return {
    roots,
    signers: made.map(({ signer }) => signer),
    async prepare() {
      const undo: (() => Promise<void>)[] = [];
      const takeBack = async (): Promise<void> => {
        for (const one of undo) await one();
      };
      try {
        for (const { keep } of made) undo.push(await keep());
      } catch (error) {
        await takeBack();
        throw error;
      }
      return takeBack;
    },
  };
}

/** Runs `audit-signers init`. */
export async function init(flags: InitFlags): Promise<void> {
  const path = registryPath(flags);
  if (existsSync(path)) throw new CliError('ERR_CLI_FILE', `--registry: ${path} is already there`, '--registry');
  const { roots, signers, prepare } = await readRoots(flags);
  if (roots.length === 0) throw new CliError('ERR_CLI_OPTION', 'expected a root: --new-root KID=FILE or --root KID=FILE', '--root');
  const expires = flags.expires === undefined ? {} : { expires: readTime(flags.expires, '--expires') };
  const threshold = flags.threshold === undefined ? roots.length : readThreshold(flags.threshold);
  const next = initRegistry({ roots, threshold, now: Date.now(), ...expires });
  const warnings =
    threshold === roots.length && threshold > 1 ? ['every root is needed: the loss of one ends the registry; add another root'] : [];
  await propose(flags, { before: undefined, next, signers, prepare, warnings });
}
