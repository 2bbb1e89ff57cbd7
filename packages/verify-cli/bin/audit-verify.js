#!/usr/bin/env node
import { auditVerify } from '@countersign/verify-cli/audit-verify/program';

process.exitCode = await auditVerify(process.argv.slice(2));
