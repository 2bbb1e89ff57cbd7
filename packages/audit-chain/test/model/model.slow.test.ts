import { onStore } from '../support/stores.ts';
import { describeModel } from './suite.ts';

const options = { runs: Number(process.env['COUNTERSIGN_RUNS'] ?? 60), length: 30 };
onStore('embedded PostgreSQL', [(database) => describeModel(database, options)]);
onStore('PostgreSQL', [(database) => describeModel(database, options)]);
