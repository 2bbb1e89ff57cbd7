import { onStore } from '../support/stores.ts';
import { describeModel } from './suite.ts';

onStore('embedded PostgreSQL', [(database) => describeModel(database, { runs: 6, length: 14 })]);
