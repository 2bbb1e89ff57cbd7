import { asOwner } from '../support/intruder.ts';
import type { World } from './world.ts';

const TABLES = ['record', 'event_id', 'checkpoint', 'note', 'tile', 'private_value', 'segment', 'pruned', 'waiting', 'quarantine'];

let backups = 0;

/** What the database holds of one chain, kept as an operator's backup would be. */
export class Backup {
  readonly size: number;
  readonly #world: World;
  readonly #schema: string;
  readonly #id: number;

  private constructor(world: World, schema: string, id: number, size: number) {
    this.#world = world;
    this.#schema = schema;
    this.#id = id;
    this.size = size;
  }

  static async take(world: World): Promise<Backup> {
    const { client } = world.database;
    const [row] = await client.query('select id from countersign.chain where name = $1', [world.store.chain]);
    const id = Number(row!['id']);
    const schema = `backup_${++backups}`;
    await client.query(`create schema ${schema} authorization countersign_owner`);
    for (const table of TABLES)
      await asOwner(client, `create table ${schema}.${table} as select * from countersign.${table} where chain = ${id}`);
    return new Backup(world, schema, id, (await world.store.checkpoint())!.size);
  }

  /** Puts it in the place of what is there. */
  async restore(): Promise<void> {
    await this.#world.database.client.transaction(async (queries) => {
      await queries.query('set local role countersign_owner');
      for (const table of TABLES) {
        await queries.query(`delete from countersign.${table} where chain = ${this.#id}`);
        await queries.query(`insert into countersign.${table} overriding system value select * from ${this.#schema}.${table}`);
      }
    });
  }

  async drop(): Promise<void> {
    await this.#world.database.client.query(`drop schema ${this.#schema} cascade`);
  }
}
