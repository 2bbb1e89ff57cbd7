import { onStore } from '../support/stores.ts';
import { describeDoctor } from './shared.ts';

onStore('embedded PostgreSQL', [describeDoctor]);
