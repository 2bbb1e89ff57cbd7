import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { type NoteKey, cosignatureKey, formatVkey } from '@countersign/proof-core/note/key';
import { type Policy, parsePolicy } from '@countersign/proof-core/note/policy';
import { witnessServer } from '../../src/node/witness/server.ts';
import { type Witness, openWitness } from '../../src/node/witness/witness.ts';
import { testSigner } from '../support/keys.ts';

/** A witness that answers on this machine. */
export interface RunningWitness {
  readonly name: string;
  readonly key: NoteKey;
  readonly url: string;
  readonly witness: Witness;
  close(): Promise<void>;
}

/** Starts a witness of some logs, with its state in a folder of its own. */
export async function startWitness(folder: string, n: number, logs: readonly NoteKey[]): Promise<RunningWitness> {
  const signer = testSigner(40 + n, `witness.example.org/w${n}`);
  const witness = await openWitness({ signer: { name: signer.kid, signer }, logs, folder: join(folder, `witness-${n}`), clock: Date });
  const server: Server = witnessServer(witness);
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    name: `w${n}`,
    key: cosignatureKey(signer.kid, signer.publicKey),
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    witness,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      witness.close();
    },
  };
}

/** A policy with these witnesses, of whom so many are enough. */
export function policyOf(witnesses: readonly Pick<RunningWitness, 'name' | 'key' | 'url'>[], enough: number): Policy {
  const lines = witnesses.map(({ name, key, url }) => `witness ${name} ${formatVkey(key)} ${url}\n`);
  return parsePolicy(utf8Encode(`${lines.join('')}group all ${enough} ${witnesses.map(({ name }) => name).join(' ')}\nquorum all\n`));
}
