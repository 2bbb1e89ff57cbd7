import { onStore } from '../support/stores.ts';
import { describeClocks } from './clocks.ts';
import { describeLiveAttacks } from './live.ts';
import { describeRace } from './race.ts';
import { describeRecover } from './recover.ts';
import { describeSignerFaults } from './signer.ts';

onStore('PostgreSQL', [describeRecover, describeLiveAttacks, describeSignerFaults, describeClocks, describeRace]);
