import { describeServer } from './contract.ts';
import { versitygw } from './servers.ts';

describeServer(versitygw());
