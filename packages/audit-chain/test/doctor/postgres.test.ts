import { onStore } from '../support/stores.ts';
import { describeDoctor } from './shared.ts';

onStore('PostgreSQL', [describeDoctor]);
