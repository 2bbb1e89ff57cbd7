import { onStore } from '../support/stores.ts';
import { describeModel } from './suite.ts';

const runs = Number(process.env['COUNTERSIGN_RUNS'] ?? 60);
onStore('embedded PostgreSQL', [(database) => describeModel(database, { runs, length: 30 })]);
onStore('PostgreSQL', [(database) => describeModel(database, { runs: Math.ceil(runs / 3), length: 30 })]);
