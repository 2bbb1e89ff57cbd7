import { join } from 'node:path';
import type { Mark, SignRequest, Signer } from '@countersign/proof-core/ports';
import { Chain, type ChainParts } from '../../src/append/chain.ts';
import { folderTarget } from '../../src/node/archive/folder-target.ts';
import type { TransactionLike } from '../../src/append/leave.ts';
import { openStore } from '../../src/store/sql-store.ts';
import type { EventInput } from '../../src/record/event.ts';
import type { AuditStore, ChainStore } from '../../src/store/store.ts';
import type { ArchiveTarget } from '../../src/archive/target.ts';
import { faultyClient } from '../support/faulty.ts';
import { testResolver, testSigner } from '../support/keys.ts';
import { memoryMark } from '../support/mark.ts';
import type { OpenDatabase } from '../support/stores.ts';

/** Dies with a process: nothing it still does reaches the database, the mark or a signer. */
interface Life {
  dead: boolean;
  /** Statements to go until it dies, and whether the last one takes effect. */
  left: number;
  when: 'before' | 'after';
}

/** A process that has the chain open. */
interface Process {
  readonly chain: Chain;
  readonly life: Life;
  readonly database: AuditStore;
}

const KEYS = [1, 2, 3, 4, 5].map((seed) => testSigner(seed));

let worlds = 0;

/** One chain in a real database, with what surrounds it, and the process that appends to it. */
export class World {
  readonly database: OpenDatabase;
  readonly store: ChainStore;
  readonly folder: string;
  readonly target: ArchiveTarget;
  readonly resolver: ChainParts['resolver'] = testResolver(KEYS);
  readonly mark: ReturnType<typeof memoryMark> = memoryMark();
  /** Which keys sign, as indexes. */
  keys: readonly number[] = [0];
  /** Size and root of everything that any process has asked a signer for. */
  readonly asked = new Map<number, string>();
  readonly forks: string[] = [];
  /** Events that may be appended again. */
  readonly sent = new Map<string, EventInput & { readonly id: string }>();
  #process: Process | undefined;

  private constructor(database: OpenDatabase, store: ChainStore) {
    this.database = database;
    this.store = store;
    this.folder = join(database.folder, `archive-${worlds}`);
    this.target = folderTarget(this.folder);
  }

  static async begin(database: OpenDatabase): Promise<World> {
    const world = new World(database, await database.store.create(`example.com/model-${++worlds}`));
    await world.start();
    return world;
  }

  get chain(): Chain {
    return this.#process!.chain;
  }

  get signer(): Signer {
    return KEYS[this.keys.at(-1)!]!;
  }

  /** Starts a process on the chain. */
  async start(): Promise<void> {
    const life: Life = { dead: false, left: Number.POSITIVE_INFINITY, when: 'before' };
    const client = faultyClient({ ...this.database.client, close: () => Promise.resolve() }, () => {
      if (life.dead) return 'before';
      if (--life.left > 0) return undefined;
      life.dead = true;
      return life.when;
    });
    const database = await openStore(client, { migrate: false });
    const parts = {
      store: await database.open(this.store.chain),
      signers: this.keys.map((key) => this.#signerOf(KEYS[key]!, life)),
      resolver: this.resolver,
      mark: this.#markOf(life),
      clock: Date,
    };
    try {
      this.#process = { chain: await Chain.open(parts), life, database };
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  /** Ends the process in order. */
  async stop(): Promise<void> {
    const { chain, database } = this.#process!;
    await chain.close();
    await database.close();
  }

  /** Lets the process die at the n-th statement from now on. */
  dieAt(statement: number, when: 'before' | 'after'): void {
    Object.assign(this.#process!.life, { left: statement, when });
  }

  /** The process is gone, whatever it was doing. */
  async kill(): Promise<void> {
    const { chain, life, database } = this.#process!;
    life.dead = true;
    // What is left of it in this process of ours ends by itself.
    chain.close().catch(() => {});
    await database.close();
  }

  /** Waits until the process has died or the work is done. */
  async diesOr(work: Promise<unknown>): Promise<void> {
    const run = { done: false };
    const end = (): void => void (run.done = true);
    work.then(end, end);
    while (!run.done && !this.#process!.life.dead) await new Promise((resolve) => setImmediate(resolve));
  }

  async transaction<T>(work: (transaction: TransactionLike) => Promise<T>): Promise<T> {
    return await this.database.transaction(work);
  }

  #signerOf(signer: Signer, life: Life): Signer {
    return {
      ...signer,
      sign: async (request: SignRequest) => {
        if (life.dead) throw new Error('dead');
        const [, size, root] = new TextDecoder().decode(request.bytes).split('\n');
        const before = this.asked.get(Number(size)) ?? root!;
        if (before !== root) this.forks.push(`size ${size}: ${before} and ${root}`);
        this.asked.set(Number(size), root!);
        return await signer.sign(request);
      },
    };
  }

  #markOf(life: Life): ChainParts['mark'] {
    const dead = (): Promise<never> => Promise.reject(new Error('dead'));
    return {
      read: (origin: string) => (life.dead ? dead() : this.mark.read(origin)),
      reserve: (next: Mark, proof: readonly Uint8Array[]) => (life.dead ? dead() : this.mark.reserve(next, proof)),
    };
  }
}
