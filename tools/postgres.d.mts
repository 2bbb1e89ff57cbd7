/** A PostgreSQL server of this machine on a loopback port, with fsync on. */
export interface PostgresServer {
  readonly url: string;
  readonly version: string;
  stop(): void;
}
export function startPostgres(settings?: readonly string[]): Promise<PostgresServer | string>;
