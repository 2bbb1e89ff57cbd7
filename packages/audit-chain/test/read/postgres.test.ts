import { describeDoctor } from '../doctor/shared.ts';
import { onStore } from '../support/stores.ts';
import { describeReading } from './shared.ts';

onStore('PostgreSQL', [describeReading, describeDoctor]);
