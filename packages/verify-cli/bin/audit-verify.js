#!/usr/bin/env node
import { auditVerify } from '../dist/node/audit-verify/program.js';

process.exitCode = await auditVerify(process.argv.slice(2));
