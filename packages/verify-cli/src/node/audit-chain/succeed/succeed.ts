import { dirname, join, relative, resolve } from 'node:path';
import { replaceFile } from '@countersign/audit-chain/node/file/replace';
import { CONFIG_FILE, formatLogConfig } from '@countersign/audit-chain/node/log/config';
import { type OpenLog, openLogForReading } from '@countersign/audit-chain/node/log/open';
import { isPostgresUrl, showUrl } from '@countersign/audit-chain/node/postgres/open';
import type { AuditStore } from '@countersign/audit-chain/store/store';
import { requireStopped, succeedChain } from '@countersign/audit-chain/succeed/succeed';
import { parseChainId } from '@countersign/proof-core/record/chain-id';
import type { Registry } from '@countersign/signer-registry/registry/registry';
import { openMark, withoutMark } from '../../log/mark-uri.ts';
import { noRegistry, noSigner, readRegistry } from '../../log/open.ts';
import { type LogOptions, variable } from '../../log/options.ts';
import { openServer } from '../../log/server.ts';
import { type LogSettings, folderSettings, serverSettings } from '../../log/settings.ts';
import { keyFolder, markPath } from '../../log/signer-uri.ts';
import { type LogSigners, openLogSigners } from '../../log/signers.ts';
import { developmentSuccessor, maySign, noKey } from './keys.ts';

/** The flags as given; `chain` is the new one. */
interface Options extends Omit<LogOptions, 'chain'> {
  readonly chain: string;
  readonly reason: string;
  /** The chain that cannot go on, where a database holds several. */
  readonly old?: string;
}

/**
 * Runs `audit-chain succeed`: a new chain in place of one that cannot go on. A log directory continues with it; a service is told its name.
 *
 * @throws CliError ERR_CLI_SIGNER, ERR_CLI_MARK; ChainError as `succeedChain`; ProofError ERR_CHAIN_ID
 */
export async function succeed(log: string, options: Options): Promise<void> {
  const successor = parseChainId(options.chain, '--chain');
  const old = isPostgresUrl(log) ? await inDatabase(log, successor, options) : await inFolder(log, successor, options);
  process.stdout.write(`${successor} succeeds ${old}, which is never signed again\n`);
  process.stdout.write(
    isPostgresUrl(log)
      ? `Open ${successor} in ${showUrl(log)} from now on.\n`
      : `The log ${log} continues with the new chain; auditors need its signers.json again.\n`,
  );
}

async function inDatabase(url: string, successor: string, options: Options): Promise<string> {
  const { chain: _, ...named } = options;
  const { database, store, close } = await openServer(url, options.old);
  try {
    const settings = serverSettings(store.chain, named);
    if (settings.signers === undefined) throw noRegistry();
    const registry = await readRegistry(settings.signers);
    await withSigners(settings, registry, async (old) => {
      await requireStopped(store, { mark: old.mark, resolver: registry });
      await begin({ database, chain: store.chain, successor, reason: options.reason }, old, serverSettings(successor, named), registry);
    });
    return store.chain;
  } finally {
    await close();
  }
}

async function inFolder(folder: string, successor: string, options: Options): Promise<string> {
  const opened = await openLogForReading(folder);
  try {
    const { chain: _, ...named } = options;
    const settings = folderSettings(folder, opened.config, named);
    const registry = await readRegistry(settings.signers!);
    await withSigners(settings, registry, async (old) => {
      // Before anything is made: a chain that can go on gets no successor, and no key for one.
      await requireStopped(opened.store, { mark: old.mark, resolver: registry });
      await replace(folder, opened, { settings, registry, old, successor, reason: options.reason });
    });
    return opened.config.chain;
  } finally {
    await opened.close();
  }
}

/** Begins the new chain and lets the log directory continue with it. */
async function replace(
  folder: string,
  { config, database }: OpenLog,
  of: {
    readonly settings: LogSettings;
    readonly registry: Registry;
    readonly old: LogSigners;
    readonly successor: string;
    readonly reason: string;
  },
): Promise<void> {
  const { settings, successor, reason, old } = of;
  const own = old.checkpoint.some((signer) => maySign(of.registry, signer, successor));
  const isNamed = settings.signer!.text !== config.signer;
  const { uri, registry } = own
    ? { uri: config.signer, registry: of.registry }
    : await developmentSuccessor(folder, config, of.registry, { successor, isNamed });
  // The new mark lies beside the old one; that of a new development key beside the key.
  const beside = own ? dirname(settings.mark!.replace(/^file:/, '')) : keyFolder(uri, folder).path;
  const mark = markPath(beside, successor);
  const next = {
    ...settings,
    chain: successor,
    ...(own ? {} : { signer: { text: uri, base: folder } }),
    mark: variable('AUDIT_MARK') ?? `file:${mark}`,
  };
  await begin({ database, chain: config.chain, successor, reason }, old, next, registry);
  const shown = relative(resolve(folder), mark);
  await replaceFile(
    join(folder, CONFIG_FILE),
    formatLogConfig({ ...config, chain: successor, signer: uri, mark: shown.startsWith('..') ? mark : shown }),
    0o644,
  );
}

async function begin(
  of: { readonly database: AuditStore; readonly chain: string; readonly successor: string; readonly reason: string },
  old: LogSigners,
  settings: LogSettings,
  registry: Registry,
): Promise<void> {
  await withSigners(settings, registry, async ({ checkpoint, mark }) => {
    const signers = checkpoint.filter((signer) => maySign(registry, signer, of.successor));
    if (signers.length === 0) throw noKey(of.successor);
    const chain = await succeedChain({ ...of, mark: old.mark, parts: { signers, resolver: registry, mark, clock: Date } });
    await chain.close();
  });
}

/** Opens the signers and the high-water mark that settings name, for some work. */
async function withSigners(settings: LogSettings, registry: Registry, work: (signers: LogSigners) => Promise<void>): Promise<void> {
  const { signer, mark, chain } = settings;
  if (signer === undefined) throw noSigner();
  const opened = mark === undefined ? withoutMark(signer.text) : await openMark(mark, chain);
  try {
    const signers = await openLogSigners(signer.text, signer.base, registry, opened.mark);
    try {
      await work(signers);
    } finally {
      await signers.close();
    }
  } finally {
    await opened.close();
  }
}
