import { describeServer } from './contract.ts';
import { moto } from './servers.ts';

describeServer(moto());
