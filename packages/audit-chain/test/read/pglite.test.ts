import { onStore } from '../support/stores.ts';
import { describeReading } from './shared.ts';

onStore('embedded PostgreSQL', [describeReading]);
