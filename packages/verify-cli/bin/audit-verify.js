#!/usr/bin/env node
import { keepNurserySmall } from '@countersign/verify-cli/audit-verify/nursery';

keepNurserySmall(true);
// No `await` at the top: packed, this is a CommonJS file.
void import('@countersign/verify-cli/audit-verify/program')
  .then(({ auditVerify }) => auditVerify(process.argv.slice(2)))
  .then((code) => (process.exitCode = code));
