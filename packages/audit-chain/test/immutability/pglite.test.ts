import { describeBackup } from '../redact/backup.ts';
import { describeRedact } from '../redact/suite.ts';
import { describePrune } from '../retention/suite.ts';
import { describeThin } from '../retention/thin.ts';
import { describeSucceed } from '../succeed/suite.ts';
import { describeReconcile } from '../verify/reconcile.ts';
import { onStore } from '../support/stores.ts';
import { describeRoles, describeOwnRoles } from './roles.ts';
import { describeImmutability } from './suite.ts';

// One database for all suites: opening one takes longer than most of them. The roles come last, they take the schema apart.
onStore('embedded PostgreSQL', [
  describeImmutability,
  describeRedact,
  describeBackup,
  describePrune,
  describeReconcile,
  describeThin,
  describeSucceed,
  describeRoles,
  describeOwnRoles,
]);
