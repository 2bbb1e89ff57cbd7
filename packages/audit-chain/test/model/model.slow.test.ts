import { onStore } from '../support/stores.ts';
import { describeModel } from './suite.ts';

const options = { runs: Number(process.env['COUNTERSIGN_RUNS'] ?? 60), length: 30 };
onStore('embedded PostgreSQL', [(database) => describeModel(database, options)]);
// Long sequences of deaths leave sessions that listen behind in the pool that all of them share, until none is left: not yet run to its end.
if (process.env['COUNTERSIGN_MODEL_POSTGRES'] === '1') onStore('PostgreSQL', [(database) => describeModel(database, options)]);
