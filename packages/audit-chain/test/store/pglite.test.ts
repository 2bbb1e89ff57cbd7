import { onStore } from '../support/stores.ts';
import { describeChainStore } from './contract.ts';
import { describeMigrations } from './migrations.ts';

onStore('embedded PostgreSQL', [
  (database) => describeChainStore('a chain store', () => database().store),
  (database) => describeMigrations('migrations', () => database().client),
]);
