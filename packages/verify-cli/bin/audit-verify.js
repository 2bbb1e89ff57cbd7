#!/usr/bin/env node
import { keepNurserySmall } from '@countersign/verify-cli/audit-verify/nursery';

keepNurserySmall(true);
const { auditVerify } = await import('@countersign/verify-cli/audit-verify/program');
process.exitCode = await auditVerify(process.argv.slice(2));
