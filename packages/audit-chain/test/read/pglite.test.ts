import { describeDoctor } from '../doctor/shared.ts';
import { onStore } from '../support/stores.ts';
import { describeReading } from './shared.ts';

// One embedded database for both: starting one takes longer than a suite. The doctor's comes last, because it leaves the schema ill.
onStore('embedded PostgreSQL', [describeReading, describeDoctor]);
