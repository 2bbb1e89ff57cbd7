import { describeServer } from './contract.ts';
import { radosgw } from './servers.ts';

describeServer(radosgw());
